"""Mails through an SNS topic, which e-mail addresses, pagers and chats subscribe to."""

from __future__ import annotations

from dataclasses import dataclass

from payment_refresh.adapters.aws import AWS_ERRORS, client, error_code
from payment_refresh.errors import SendFailed


@dataclass(frozen=True, slots=True)
class SnsMail:
    """Implements the `Mail` port on one topic."""

    topic_arn: str

    def send(self, subject: str, text: str) -> None:
        try:
            client("sns").publish(TopicArn=self.topic_arn, Subject=subject, Message=text)
        except AWS_ERRORS as error:
            raise SendFailed(
                f"the topic {self.topic_arn} did not take the digest's mail: {error_code(error)}; it is kept, and "
                "the next run sends it"
            ) from error
