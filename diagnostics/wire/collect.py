"""What several messages of one stage add up to."""

from diagnostics.wire.backend import (
    BackendKeyData,
    Column,
    CommandComplete,
    DataRow,
    ErrorResponse,
    Message,
    NoticeResponse,
    ParameterStatus,
    ReadyForQuery,
    RowDescription,
    Severity,
)
from diagnostics.wire.outcomes import Answered, Proof, Ready


class Greeting:
    """What a server tells between letting us in and being ready."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof
        self._parameters: list[ParameterStatus] = []
        self._notices: list[NoticeResponse] = []
        self._process_id: int | None = None

    def add(self, message: Message) -> None:
        """Keep what is worth telling."""
        match message:
            case ParameterStatus():
                self._parameters.append(message)
            case NoticeResponse():
                self._notices.append(message)
            case BackendKeyData():
                self._process_id = message.process_id

    def ready(self, message: ReadyForQuery) -> Ready:
        """The sum, once the server is ready."""
        return Ready(
            status=message.status,
            proof=self._proof,
            parameters=tuple(self._parameters),
            process_id=self._process_id,
            notices=tuple(self._notices),
        )


class Result:
    """What a server answers to one statement."""

    def __init__(self) -> None:
        self._columns: tuple[Column, ...] = ()
        self._rows: list[tuple[bytes | None, ...]] = []
        self._tag: str | None = None
        self.error: ErrorResponse | None = None

    @property
    def over(self) -> bool:
        """After a fatal error nothing follows but the end of the connection, which need not be waited for."""
        return self.error is not None and self.error.severity in {Severity.FATAL, Severity.PANIC}

    def add(self, message: Message) -> None:
        """Keep a part of the answer."""
        match message:
            case RowDescription():
                self._columns = message.columns
            case DataRow():
                self._rows.append(message.values)
            case CommandComplete():
                self._tag = message.tag
            case ErrorResponse():
                self.error = message

    def answered(self, message: ReadyForQuery) -> Answered:
        """The sum, once the server is ready again."""
        return Answered(columns=self._columns, rows=tuple(self._rows), tag=self._tag, status=message.status)
