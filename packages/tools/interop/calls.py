"""Calls that are read from standard input, one in a line, made by boto3 or by the AWS CLI.

A call is JSON: service, operation, input (blobs in Base64), and credentials where they are others.
What is answered is a line of JSON: the reply, or the name of the refusal.
"""

import base64
import contextlib
import datetime
import io
import json
import os
import re
import sys
import tempfile
import urllib.request

program, endpoint, region = sys.argv[1:]


def read_blobs(shape, value):
    if shape.type_name == "blob":
        return base64.b64decode(value, validate=True)
    if shape.type_name == "structure":
        return {name: read_blobs(shape.members[name], one) for name, one in value.items()}
    if shape.type_name == "list":
        return [read_blobs(shape.member, one) for one in value]
    return value


def written(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def client_of(call):
    import boto3

    given = call.get("credentials", {})
    return boto3.client(
        call["service"],
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=given.get("AccessKeyId"),
        aws_secret_access_key=given.get("SecretAccessKey"),
        aws_session_token=given.get("SessionToken"),
    )


def open_url(client, call):
    """A presigned URL that is opened by whoever has it."""
    from botocore import xform_name

    operation = xform_name(call["operation"])
    url = client.generate_presigned_url(
        operation, Params=call["input"], ExpiresIn=60, HttpMethod="GET"
    )
    request = urllib.request.Request(url, headers=call.get("headers", {}))
    with urllib.request.urlopen(request) as reply:
        return {"reply": {"text": reply.read().decode("utf-8")}}


def by_boto3(call):
    from botocore import xform_name
    from botocore.exceptions import ClientError

    client = client_of(call)
    model = client.meta.service_model
    if call["operation"] == "?":
        return {"reply": {"operations": model.operation_names}}
    if call.get("presigned"):
        return open_url(client, call)
    shape = model.operation_model(call["operation"]).input_shape
    members = read_blobs(shape, call["input"]) if shape else {}
    try:
        reply = getattr(client, xform_name(call["operation"]))(**members)
    except ClientError as error:
        return {"refused": error.response["Error"]["Code"]}
    del reply["ResponseMetadata"]
    return {"reply": reply}


def arguments_of(shape, members, folder, xform_name):
    for name, value in members.items():
        if name not in shape.members:
            continue  # An older client does not know it.
        option = "--" + xform_name(name, "-")
        if shape.members[name].type_name == "blob":
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(base64.b64decode(value, validate=True))
            yield from (option, "fileb://" + path)
        elif isinstance(value, bool):
            yield option if value else "--no-" + option[2:]
        else:
            yield from (option, value if isinstance(value, str) else json.dumps(value))


def by_cli(call):
    from awscli.clidriver import create_clidriver

    try:
        from awscli.botocore import xform_name  # Version 2 has its own.
    except ImportError:
        from botocore import xform_name

    names = {
        "AccessKeyId": "AWS_ACCESS_KEY_ID",
        "SecretAccessKey": "AWS_SECRET_ACCESS_KEY",
        "SessionToken": "AWS_SESSION_TOKEN",
    }
    before = dict(os.environ)
    given = call.get("credentials", {})
    os.environ.update({names[name]: given[name] for name in names if name in given})
    try:
        driver = create_clidriver()
        model = driver.session.get_service_model(call["service"])
        if call["operation"] == "?":
            return {"reply": {"operations": model.operation_names}}
        shape = model.operation_model(call["operation"]).input_shape
        stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            words = [call["service"], xform_name(call["operation"], "-")]
            words += arguments_of(shape, call["input"], folder, xform_name) if shape else []
            words += ["--endpoint-url", endpoint, "--output", "json"]
            with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
                status = driver.main(words)
        for stream in (stdout, stderr):
            stream.flush()
        said = stderr.buffer.getvalue().decode("utf-8")
        if status != 0:
            found = re.search(r"An error occurred \((\w+)\)", said)
            return {"refused": found[1]} if found else {"failed": said or "status %d" % status}
        text = stdout.buffer.getvalue().decode("utf-8")
        return {"reply": json.loads(text) if text.strip() else {}}
    finally:
        os.environ.clear()
        os.environ.update(before)


make = {"boto3": by_boto3, "cli": by_cli}[program]
for line in sys.stdin:
    try:
        answer = make(json.loads(line))
    except BaseException as error:  # An exit of the AWS CLI as well.
        answer = {"failed": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(answer, default=written), flush=True)
