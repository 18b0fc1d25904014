"""Implementations of the ports: boto3 and httpx are imported here and nowhere else."""
