"""What ``serve`` shows: endpoints and metrics, all views of the last report. No handler runs a check."""
