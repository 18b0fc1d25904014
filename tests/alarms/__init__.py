"""The alarms in virtual time: the handlers run over the fakes, and what they emit is what CloudWatch gets."""
