// The clients, which find the endpoint, the region and the keys in the environment.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";

const once = { maxAttempts: 1 }; // an error of the server must not hide behind a second attempt

export const ec2 = new EC2Client(once);
export const iam = new IAMClient(once);
export const s3 = new S3Client({ ...once, forcePathStyle: true });
export const ssm = new SSMClient(once);
export const sts = new STSClient(once);

export const unique = () => `conformance-${randomBytes(6).toString("hex")}`;
export const tagged = (type, name) => [{ ResourceType: type, Tags: [{ Key: "Name", Value: name }] }];
export const named = (name) => [{ Name: "tag:Name", Values: [name] }];

// How the waiters are told to wait.
export const patience = { client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };

export async function newestImage() {
    const wanted = [{ Name: "name", Values: ["al2023-ami-2023.*-x86_64"] }];
    const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"], Filters: wanted }));
    return Images.reduce((a, b) => (a.CreationDate > b.CreationDate ? a : b));
}

// Checks that a call is refused with a code and a status of HTTP.
export async function refused(call, code, status = 400) {
    await assert.rejects(call, (fault) => {
        assert.equal(fault.name, code);
        assert.equal(fault.$metadata.httpStatusCode, status);
        assert.ok(fault.message);
        assert.ok(fault.$metadata.requestId);
        return true;
    });
}
