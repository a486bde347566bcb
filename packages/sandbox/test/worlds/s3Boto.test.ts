/** The sandbox's S3, as Python's client of AWS sees it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { S3 } from "../../src/index.js"

const hasBoto = spawnSync("python3", ["-c", "import boto3"], { stdio: "ignore" }).status === 0

const script = `
import boto3, io, json, sys
from botocore.config import Config
from botocore.exceptions import ClientError
from boto3.s3.transfer import TransferConfig

endpoint, key, secret, token, region = sys.argv[1:6]
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
                  aws_session_token=token, region_name=region,
                  config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1},
                                request_checksum_calculation="when_required"))
said = {}

def code(ask):
    try:
        ask()
        return "good"
    except ClientError as error:
        return error.response["Error"]["Code"]

odd = ["a b", "+", "%20", "%2F", "a=b/c=d", "é", "e\\u0301", "\\U0001F600", "#", "?", "a?b=c&d", "&amp;", "<k>", "'\\"",
       "!*'()", "~._-", "@:;,$", "[]{}|^"]
for name in odd:
    s3.put_object(Bucket="lake", Key="odd/" + name, Body=name.encode())
said["read"] = all(s3.get_object(Bucket="lake", Key="odd/" + name)["Body"].read() == name.encode() for name in odd)
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix="odd/", PaginationConfig={"PageSize": 5})
listed = [one["Key"] for page in pages for one in page["Contents"]]
said["listed"] = listed == sorted(("odd/" + name for name in odd), key=lambda name: name.encode())

said["first"] = code(lambda: s3.put_object(Bucket="lake", Key="k", Body=b"first", IfNoneMatch="*"))
said["second"] = code(lambda: s3.put_object(Bucket="lake", Key="k", Body=b"second", IfNoneMatch="*"))
etag = s3.head_object(Bucket="lake", Key="k")["ETag"]
said["match"] = code(lambda: s3.put_object(Bucket="lake", Key="k", Body=b"third", IfMatch=etag))
said["stale"] = code(lambda: s3.put_object(Bucket="lake", Key="k", Body=b"fourth", IfMatch=etag))
said["body"] = s3.get_object(Bucket="lake", Key="k")["Body"].read().decode()
said["range"] = s3.get_object(Bucket="lake", Key="k", Range="bytes=1-3")["Body"].read().decode()

large = bytes(range(256)) * 4096 * 12
s3.upload_fileobj(io.BytesIO(large), "lake", "large", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
got = s3.get_object(Bucket="lake", Key="large")
said["large"] = [got["ContentLength"] == len(large), got["Body"].read() == large, got["ETag"].endswith('-3"')]
upload = s3.create_multipart_upload(Bucket="lake", Key="never")["UploadId"]
said["few"] = code(lambda: s3.complete_multipart_upload(Bucket="lake", Key="never", UploadId=upload, MultipartUpload={
    "Parts": [{"PartNumber": 1, "ETag": "x"}]}))
s3.abort_multipart_upload(Bucket="lake", Key="never", UploadId=upload)
said["gone"] = code(lambda: s3.abort_multipart_upload(Bucket="lake", Key="never", UploadId=upload))

s3.delete_object(Bucket="lake", Key="k")
said["missing"] = code(lambda: s3.get_object(Bucket="lake", Key="k"))
said["bucket"] = code(lambda: s3.get_object(Bucket="another", Key="k"))
s3.create_bucket(Bucket="another")
said["made"] = code(lambda: s3.head_bucket(Bucket="another"))
print(json.dumps(said))
`

describe.skipIf(!hasBoto)("S3 (Python with boto3 is needed)", () => {
  it.scopedLive("does for boto3 what S3 does", () =>
    Effect.gen(function*() {
      const { endpoint, keys, openUploads, region } = yield* S3
      const said = yield* Effect.async<string, string>((resume) => {
        execFile(
          "python3",
          ["-c", script, endpoint, keys.accessKeyId, keys.secretAccessKey, keys.sessionToken ?? "", region],
          { timeout: 90_000 },
          (error, output, problems) => resume(error === null ? Effect.succeed(output) : Effect.fail(problems))
        )
      })
      assert.deepStrictEqual(JSON.parse(said), {
        read: true,
        listed: true,
        first: "good",
        second: "PreconditionFailed",
        match: "good",
        stale: "PreconditionFailed",
        body: "third",
        range: "hir",
        large: [true, true, true],
        few: "InvalidPart",
        gone: "NoSuchUpload",
        missing: "NoSuchKey",
        bucket: "NoSuchBucket",
        made: "good"
      })
      assert.strictEqual(yield* openUploads("lake"), 0)
    }).pipe(Effect.provide(S3.layer({ region: "eu-west-3", sessionToken: "a token/+=" }))))
})
