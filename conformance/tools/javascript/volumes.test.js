// Volumes and snapshots, as waiters and paginators see them.

import assert from "node:assert/strict";
import test from "node:test";
import * as sdk from "@aws-sdk/client-ec2";
import { ec2, patience, refused, tagged, unique } from "./clients.js";

const send = (Command, input) => ec2.send(new Command(input));

test("a volume, its snapshot, and a volume of that", async () => {
    const name = unique();
    const { AvailabilityZones } = await send(sdk.DescribeAvailabilityZonesCommand, {});
    const AvailabilityZone = AvailabilityZones[0].ZoneName;
    const made = await send(sdk.CreateVolumeCommand, {
        AvailabilityZone,
        Size: 1,
        VolumeType: "gp3",
        TagSpecifications: tagged("volume", name),
    });
    const { VolumeId } = made;
    assert.deepEqual([made.State, made.Iops, made.Throughput], ["creating", 3000, 125]);
    await sdk.waitUntilVolumeAvailable(patience, { VolumeIds: [VolumeId] });
    const changed = await send(sdk.ModifyVolumeCommand, { VolumeId, Size: 2 });
    assert.deepEqual([changed.VolumeModification.OriginalSize, changed.VolumeModification.TargetSize], [1, 2]);
    const { SnapshotId } = await send(sdk.CreateSnapshotCommand, { VolumeId, Description: name });
    await sdk.waitUntilSnapshotCompleted(patience, { SnapshotIds: [SnapshotId] });
    const own = [];
    for await (const page of sdk.paginateDescribeSnapshots({ client: ec2, pageSize: 5 }, { OwnerIds: ["self"] })) {
        own.push(...page.Snapshots.filter((snapshot) => snapshot.Description === name));
    }
    assert.deepEqual(own.map((each) => [each.SnapshotId, each.Progress]), [[SnapshotId, "100%"]]);
    const copy = await send(sdk.CreateVolumeCommand, { AvailabilityZone, SnapshotId });
    assert.equal(copy.SnapshotId, SnapshotId);
    await sdk.waitUntilVolumeAvailable(patience, { VolumeIds: [copy.VolumeId] });
    await refused(send(sdk.CreateVolumeCommand, { AvailabilityZone, SnapshotId, Size: 0 }), "InvalidParameterValue");
    for (const id of [VolumeId, copy.VolumeId]) await send(sdk.DeleteVolumeCommand, { VolumeId: id });
    await sdk.waitUntilVolumeDeleted(patience, { VolumeIds: [VolumeId, copy.VolumeId] });
    await send(sdk.DeleteSnapshotCommand, { SnapshotId });
    await refused(send(sdk.DescribeSnapshotsCommand, { SnapshotIds: [SnapshotId] }), "InvalidSnapshot.NotFound");
    await refused(send(sdk.DeleteVolumeCommand, { VolumeId }), "InvalidVolume.NotFound");
});
