"""The operator's command: what a person does with a stack of Payment Refresh, or before there is one."""
