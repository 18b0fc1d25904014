"""What talks to the outside: boto3 and httpx live here, and nowhere else."""
