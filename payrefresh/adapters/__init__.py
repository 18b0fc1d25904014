"""Adapters of the operator's command: AWS and Commerce Layer; boto3 and httpx are imported nowhere else."""
