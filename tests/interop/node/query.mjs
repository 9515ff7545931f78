// One query through Google's Node connector, as an application would do it. Settings from the environment,
// one JSON line on standard output; an error ends the process with 1.
import { AuthTypes, Connector, IpAddressTypes } from "@google-cloud/cloud-sql-connector";
import pg from "pg";

const { INSTANCE_CONNECTION_NAME, SQLADMIN_ENDPOINT, AUTH_TYPE, DB_USER, DB_PASSWORD, DB_NAME } = process.env;

const connector = new Connector({ sqlAdminAPIEndpoint: SQLADMIN_ENDPOINT });
try {
  const options = await connector.getOptions({
    instanceConnectionName: INSTANCE_CONNECTION_NAME,
    authType: AuthTypes[AUTH_TYPE],
    ipType: IpAddressTypes.PUBLIC,
  });
  const client = new pg.Client({ ...options, user: DB_USER, password: DB_PASSWORD, database: DB_NAME });
  await client.connect();
  const { rows } = await client.query("SELECT current_user AS user, current_database() AS database");
  console.log(JSON.stringify(rows[0]));
  await client.end();
} finally {
  // The connector's refresh timers would keep the process alive for an hour.
  connector.close();
}
