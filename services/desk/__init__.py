"""The officers' desk for requests. Pages of the administration; `services.admin` gives them their addresses."""
