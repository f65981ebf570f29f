// Buckets and objects, with the checksums (CRC32, in trailers of streams) that the client gives unasked.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import * as sdk from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { refused, s3, unique } from "./clients.js";

const Bucket = unique();
const send = (Command, input) => s3.send(new Command({ Bucket, ...input }));
const read = async (input) => Buffer.from(await (await send(sdk.GetObjectCommand, input)).Body.transformToByteArray());

before(async () => {
    await send(sdk.CreateBucketCommand);
    await sdk.waitUntilBucketExists({ client: s3, maxWaitTime: 20 }, { Bucket });
});

after(async () => {
    const { Versions, DeleteMarkers } = await send(sdk.ListObjectVersionsCommand);
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    await send(sdk.DeleteObjectsCommand, { Delete: { Objects } });
    await send(sdk.DeleteBucketCommand);
    await refused(send(sdk.ListObjectsV2Command), "NoSuchBucket", 404);
});

test("an object and its checksum", async () => {
    const Key = "a b+c/ключ%.txt";
    const put = await send(sdk.PutObjectCommand, { Key, Body: "hello", ContentType: "text/x", Metadata: { a: "b" } });
    assert.equal(put.ETag, '"5d41402abc4b2a76b9719d911017c592"');
    assert.equal(put.ChecksumCRC32, "NhCmhg==");
    const got = await send(sdk.GetObjectCommand, { Key });
    assert.equal(await got.Body.transformToString(), "hello"); // and the checksum of what came was right
    assert.deepEqual([got.ContentType, got.Metadata, got.ChecksumCRC32], ["text/x", { a: "b" }, "NhCmhg=="]);
    const head = await send(sdk.HeadObjectCommand, { Key });
    assert.deepEqual([head.ContentLength, head.ETag], [5, put.ETag]);
    assert.equal((await read({ Key, Range: "bytes=1-3" })).toString(), "ell");
    await refused(send(sdk.PutObjectCommand, { Key, Body: "x", IfNoneMatch: "*" }), "PreconditionFailed", 412);
    await refused(send(sdk.PutObjectCommand, { Key, Body: "x", ChecksumCRC32: "AAAAAA==" }), "BadDigest");
    const CopySource = encodeURIComponent(`${Bucket}/${Key}`);
    const copy = await send(sdk.CopyObjectCommand, { Key: "copy", CopySource });
    assert.equal(copy.CopyObjectResult.ETag, put.ETag);
    await send(sdk.DeleteObjectCommand, { Key });
    await refused(send(sdk.GetObjectCommand, { Key }), "NoSuchKey", 404);
});

test("a stream whose checksum comes in its trailer", async () => {
    const bytes = randomBytes(300_000);
    const pieces = [0, 1, 2].map((n) => bytes.subarray(n * 100_000, (n + 1) * 100_000));
    const given = { Key: "stream", Body: Readable.from(pieces), ContentLength: bytes.length };
    for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "SHA1", "SHA256"]) {
        const put = await send(sdk.PutObjectCommand, { ...given, Body: Readable.from(pieces), ChecksumAlgorithm });
        assert.ok(put[`Checksum${ChecksumAlgorithm}`]);
        assert.deepEqual(await read({ Key: "stream" }), bytes);
    }
});

test("parts, by the uploader", async () => {
    const Body = randomBytes(12 * 2 ** 20 + 7);
    const upload = new Upload({ client: s3, params: { Bucket, Key: "parts", Body }, partSize: 5 * 2 ** 20 });
    const done = await upload.done();
    assert.match(done.ETag, /-3"$/);
    assert.deepEqual(await read({ Key: "parts" }), Body);
    const second = await send(sdk.GetObjectCommand, { Key: "parts", PartNumber: 3 });
    assert.deepEqual([second.PartsCount, second.ContentLength], [3, 2 * 2 ** 20 + 7]);
    await second.Body.transformToByteArray();
});

test("an upload that is aborted", async () => {
    const { UploadId } = await send(sdk.CreateMultipartUploadCommand, { Key: "aborted" });
    const part = await send(sdk.UploadPartCommand, { Key: "aborted", UploadId, PartNumber: 1, Body: "small" });
    const { Parts } = await send(sdk.ListPartsCommand, { Key: "aborted", UploadId });
    assert.deepEqual(Parts.map((each) => [each.PartNumber, each.Size, each.ETag]), [[1, 5, part.ETag]]);
    const { Uploads } = await send(sdk.ListMultipartUploadsCommand);
    assert.deepEqual(Uploads.map((each) => each.UploadId), [UploadId]);
    await send(sdk.AbortMultipartUploadCommand, { Key: "aborted", UploadId });
    await refused(send(sdk.ListPartsCommand, { Key: "aborted", UploadId }), "NoSuchUpload", 404);
});

test("pages of keys", async () => {
    const keys = ["list/a", "list/b/1", "list/b/2", "list/c d+e", "list/я"];
    for (const Key of keys) await send(sdk.PutObjectCommand, { Key, Body: "" });
    const found = [];
    for await (const page of sdk.paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Prefix: "list/" })) {
        found.push(...page.Contents.map((each) => each.Key));
    }
    assert.deepEqual(found, keys);
    const grouped = await send(sdk.ListObjectsV2Command, { Prefix: "list/", Delimiter: "/" });
    assert.deepEqual(grouped.CommonPrefixes, [{ Prefix: "list/b/" }]);
    assert.equal(grouped.KeyCount, 4);
    const Objects = keys.map((Key) => ({ Key }));
    const { Deleted } = await send(sdk.DeleteObjectsCommand, { Delete: { Objects } });
    assert.deepEqual(Deleted.map((each) => each.Key), keys);
});

test("URLs that carry their signatures", async () => {
    const Key = "presigned +%";
    const put = await getSignedUrl(s3, new sdk.PutObjectCommand({ Bucket, Key }), { expiresIn: 60 });
    const stored = await fetch(put, { method: "PUT", body: "hello" });
    assert.equal(stored.status, 200, await stored.text());
    const get = await getSignedUrl(s3, new sdk.GetObjectCommand({ Bucket, Key }), { expiresIn: 60 });
    assert.equal(await (await fetch(get)).text(), "hello");
    const changed = await fetch(get.replace("presigned", "another"));
    assert.equal(changed.status, 403);
    assert.match(await changed.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
    assert.equal((await fetch(get.split("?")[0])).status, 403);
});

test("versions and tags", async () => {
    await send(sdk.PutBucketVersioningCommand, { VersioningConfiguration: { Status: "Enabled" } });
    const { VersionId } = await send(sdk.PutObjectCommand, { Key: "v", Body: "1", Tagging: "a=b+c" });
    await send(sdk.PutObjectCommand, { Key: "v", Body: "2" });
    const marker = await send(sdk.DeleteObjectCommand, { Key: "v" });
    assert.equal(marker.DeleteMarker, true);
    assert.equal((await read({ Key: "v", VersionId })).toString(), "1");
    const { TagSet } = await send(sdk.GetObjectTaggingCommand, { Key: "v", VersionId });
    assert.deepEqual(TagSet, [{ Key: "a", Value: "b c" }]);
    const { Versions, DeleteMarkers } = await send(sdk.ListObjectVersionsCommand, { Prefix: "v" });
    assert.deepEqual([Versions.length, DeleteMarkers.length], [2, 1]);
});
