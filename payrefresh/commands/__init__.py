"""The commands: each module reads one command's options, puts its parts together, and prints what comes of it.

Whatever needs boto3 or httpx is imported by the function that is the command, so that ``--help`` stays quick.
"""
