// One query through Google's Node connector, as an application on Cloud Run would do it: settings from the
// environment, one JSON line on standard output; an error ends the process with 1. Without an endpoint it finds Google's.
import { AuthTypes, Connector, IpAddressTypes } from "@google-cloud/cloud-sql-connector";
import pg from "pg";

const env = process.env;
const iam = !env.POSTGRES_PASSWORD;

const connector = new Connector({ sqlAdminAPIEndpoint: env.CLOUDSQL_DIAG_SQLADMIN_ENDPOINT });
try {
  const options = await connector.getOptions({
    instanceConnectionName: env.INSTANCE_CONNECTION_NAME,
    authType: iam ? AuthTypes.IAM : AuthTypes.PASSWORD,
    ipType: IpAddressTypes.PUBLIC,
  });
  const client = new pg.Client({
    ...options,
    user: env.POSTGRES_USER,
    password: env.POSTGRES_PASSWORD,
    database: env.POSTGRES_DB,
  });
  await client.connect();
  const { rows } = await client.query("SELECT current_user AS user, current_database() AS database");
  console.log(JSON.stringify(rows[0]));
  await client.end();
} finally {
  // The connector's refresh timers would keep the process alive for an hour.
  connector.close();
}
