"""Initial."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_attributes",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "name", name=op.f("pk_account_attributes")),
    )
    op.create_table(
        "account_quotas",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_account_quotas")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("display_name", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_email"), "accounts", ["email"], unique=False)
    op.create_table(
        "address_transfers",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("allocation_id", sa.String(length=40), nullable=False),
        sa.Column("public_ip", sa.String(length=15), nullable=False),
        sa.Column("transfer_account_id", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(), nullable=True),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_address_transfers")),
    )
    op.create_index(op.f("ix_address_transfers_allocation_id"), "address_transfers", ["allocation_id"], unique=False)
    op.create_index(op.f("ix_address_transfers_public_ip"), "address_transfers", ["public_ip"], unique=False)
    op.create_table(
        "block_manifests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("touched_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_manifests")),
    )
    op.create_index(op.f("ix_block_manifests_touched_at"), "block_manifests", ["touched_at"], unique=False)
    op.create_table(
        "buckets",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("versioning", sa.String(), nullable=False),
        sa.Column("object_lock", sa.Boolean(), nullable=False),
        sa.Column("ownership", sa.String(), nullable=True),
        sa.Column("acl", sa.JSON(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("public_access_block", sa.JSON(), nullable=True),
        sa.Column("encryption", sa.JSON(), nullable=True),
        sa.Column("configured", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_buckets")),
        sa.UniqueConstraint("name", name=op.f("uq_buckets_name")),
    )
    op.create_index(op.f("ix_buckets_account"), "buckets", ["account"], unique=False)
    op.create_table(
        "capacity_reservations",
        sa.Column("instance_type", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("zone_id", sa.String(), nullable=False),
        sa.Column("tenancy", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("ebs_optimized", sa.Boolean(), nullable=False),
        sa.Column("ephemeral_storage", sa.Boolean(), nullable=False),
        sa.Column("start_date", sa.DateTime(), nullable=True),
        sa.Column("end_date", sa.DateTime(), nullable=True),
        sa.Column("end_date_type", sa.String(), nullable=False),
        sa.Column("match_criteria", sa.String(), nullable=False),
        sa.Column("placement_group_arn", sa.String(), nullable=True),
        sa.Column("commitment_seconds", sa.Integer(), nullable=True),
        sa.Column("committed", sa.Integer(), nullable=True),
        sa.Column("delivery_preference", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_capacity_reservations")),
        sa.UniqueConstraint("id", name=op.f("uq_capacity_reservations_id")),
    )
    op.create_index(
        op.f("ix_capacity_reservations_account_region_row"),
        "capacity_reservations",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_capacity_reservations_next_at"), "capacity_reservations", ["next_at"], unique=False)
    op.create_index(
        "ix_capacity_reservations_usable",
        "capacity_reservations",
        ["account", "region", "state", "available"],
        unique=False,
    )
    op.create_table(
        "catalogue_versions",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_catalogue_versions")),
    )
    op.create_table(
        "client_tokens",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "action", "token", name=op.f("pk_client_tokens")),
    )
    op.create_index(op.f("ix_client_tokens_created"), "client_tokens", ["created"], unique=False)
    op.create_table(
        "connection_notifications",
        sa.Column("service_id", sa.String(length=40), nullable=True),
        sa.Column("vpc_endpoint_id", sa.String(length=40), nullable=True),
        sa.Column("topic_arn", sa.String(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_connection_notifications")),
        sa.UniqueConstraint("id", name=op.f("uq_connection_notifications_id")),
    )
    op.create_index(
        op.f("ix_connection_notifications_account_region_row"),
        "connection_notifications",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_connection_notifications_service_id"), "connection_notifications", ["service_id"], unique=False
    )
    op.create_index(
        op.f("ix_connection_notifications_vpc_endpoint_id"),
        "connection_notifications",
        ["vpc_endpoint_id"],
        unique=False,
    )
    op.create_table(
        "console_outputs",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("output", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_console_outputs")),
    )
    op.create_table(
        "create_volume_permissions",
        sa.Column("snapshot_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "user_id", name=op.f("pk_create_volume_permissions")),
    )
    op.create_index(
        op.f("ix_create_volume_permissions_user_id_snapshot_id"),
        "create_volume_permissions",
        ["user_id", "snapshot_id"],
        unique=False,
    )
    op.create_table(
        "customer_gateways",
        sa.Column("ip_address", sa.String(), nullable=False),
        sa.Column("bgp_asn", sa.BigInteger(), nullable=False),
        sa.Column("device_name", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_customer_gateways")),
        sa.UniqueConstraint("id", name=op.f("uq_customer_gateways_id")),
    )
    op.create_index(
        op.f("ix_customer_gateways_account_region_row"), "customer_gateways", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_customer_gateways_next_at"), "customer_gateways", ["next_at"], unique=False)
    op.create_table(
        "dedicated_hosts",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("zone_id", sa.String(), nullable=False),
        sa.Column("instance_type", sa.String(), nullable=True),
        sa.Column("instance_family", sa.String(), nullable=False),
        sa.Column("auto_placement", sa.String(), nullable=False),
        sa.Column("host_recovery", sa.String(), nullable=False),
        sa.Column("host_maintenance", sa.String(), nullable=False),
        sa.Column("amd_sev_snp", sa.String(), nullable=True),
        sa.Column("client_token", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sockets", sa.Integer(), nullable=False),
        sa.Column("cores", sa.Integer(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mib", sa.Integer(), nullable=False),
        sa.Column("free_vcpus", sa.Integer(), nullable=False),
        sa.Column("free_memory_mib", sa.Integer(), nullable=False),
        sa.Column("released", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_dedicated_hosts")),
        sa.UniqueConstraint("id", name=op.f("uq_dedicated_hosts_id")),
    )
    op.create_index(
        op.f("ix_dedicated_hosts_account_region_row"), "dedicated_hosts", ["account", "region", "row"], unique=False
    )
    op.create_table(
        "dhcp_option_values",
        sa.Column("dhcp_options_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("dhcp_options_id", "position", name=op.f("pk_dhcp_option_values")),
    )
    op.create_table(
        "dhcp_options",
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_dhcp_options")),
        sa.UniqueConstraint("id", name=op.f("uq_dhcp_options_id")),
    )
    op.create_index(
        op.f("ix_dhcp_options_account_region_row"), "dhcp_options", ["account", "region", "row"], unique=False
    )
    op.create_table(
        "ebs_settings",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("encryption_by_default", sa.Boolean(), nullable=False),
        sa.Column("default_kms_key_id", sa.String(), nullable=True),
        sa.Column("snapshot_public_access", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", name=op.f("pk_ebs_settings")),
    )
    op.create_table(
        "egress_only_internet_gateways",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_egress_only_internet_gateways")),
        sa.UniqueConstraint("id", name=op.f("uq_egress_only_internet_gateways_id")),
    )
    op.create_index(
        op.f("ix_egress_only_internet_gateways_account_region_row"),
        "egress_only_internet_gateways",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_egress_only_internet_gateways_vpc_id"), "egress_only_internet_gateways", ["vpc_id"], unique=False
    )
    op.create_table(
        "elastic_addresses",
        sa.Column("public_ip", sa.String(length=15), nullable=False),
        sa.Column("ptr_record", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_elastic_addresses")),
        sa.UniqueConstraint("id", name=op.f("uq_elastic_addresses_id")),
        sa.UniqueConstraint("public_ip", name=op.f("uq_elastic_addresses_public_ip")),
    )
    op.create_index(
        op.f("ix_elastic_addresses_account_region_row"), "elastic_addresses", ["account", "region", "row"], unique=False
    )
    op.create_table(
        "endpoint_service_principals",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("permission_id", sa.String(length=40), nullable=False),
        sa.Column("service_id", sa.String(length=40), nullable=False),
        sa.Column("permission_type", sa.String(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("principal_type", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_endpoint_service_principals")),
        sa.UniqueConstraint("permission_id", name=op.f("uq_endpoint_service_principals_permission_id")),
        sa.UniqueConstraint(
            "service_id",
            "permission_type",
            "principal",
            name=op.f("uq_endpoint_service_principals_service_id_permission_type_principal"),
        ),
    )
    op.create_table(
        "endpoint_service_regions",
        sa.Column("service_id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("service_id", "region", name=op.f("pk_endpoint_service_regions")),
    )
    op.create_table(
        "endpoint_services",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("service_type", sa.String(), nullable=False),
        sa.Column("acceptance_required", sa.Boolean(), nullable=False),
        sa.Column("policy_supported", sa.Boolean(), nullable=False),
        sa.Column("base_dns_name", sa.String(), nullable=True),
        sa.Column("private_dns_names", sa.JSON(), nullable=False),
        sa.Column("dns_verification", sa.JSON(), nullable=False),
        sa.Column("ip_address_types", sa.String(), nullable=False),
        sa.Column("load_balancer_arns", sa.JSON(), nullable=False),
        sa.Column("payer_responsibility", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_endpoint_services")),
        sa.UniqueConstraint("id", name=op.f("uq_endpoint_services_id")),
    )
    op.create_index(
        op.f("ix_endpoint_services_account_region_row"), "endpoint_services", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_endpoint_services_name"), "endpoint_services", ["name"], unique=False)
    op.create_index(op.f("ix_endpoint_services_next_at"), "endpoint_services", ["next_at"], unique=False)
    op.create_table(
        "event_window_targets",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("window_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_event_window_targets")),
        sa.UniqueConstraint(
            "window_id", "kind", "key", "value", name=op.f("uq_event_window_targets_window_id_kind_key_value")
        ),
    )
    op.create_index(op.f("ix_event_window_targets_window_id"), "event_window_targets", ["window_id"], unique=False)
    op.create_table(
        "export_image_tasks",
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status_message", sa.String(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_export_image_tasks")),
        sa.UniqueConstraint("id", name=op.f("uq_export_image_tasks_id")),
    )
    op.create_index(
        op.f("ix_export_image_tasks_account_region_row"),
        "export_image_tasks",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_export_image_tasks_next_at"), "export_image_tasks", ["next_at"], unique=False)
    op.create_index(op.f("ix_export_image_tasks_state"), "export_image_tasks", ["state"], unique=False)
    op.create_table(
        "fast_snapshot_restores",
        sa.Column("snapshot_id", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("enabling_at", sa.DateTime(), nullable=True),
        sa.Column("optimizing_at", sa.DateTime(), nullable=True),
        sa.Column("enabled_at", sa.DateTime(), nullable=True),
        sa.Column("disabling_at", sa.DateTime(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_fast_snapshot_restores")),
        sa.UniqueConstraint(
            "account", "snapshot_id", "zone", name=op.f("uq_fast_snapshot_restores_account_snapshot_id_zone")
        ),
        sa.UniqueConstraint("id", name=op.f("uq_fast_snapshot_restores_id")),
    )
    op.create_index(
        op.f("ix_fast_snapshot_restores_account_region_row"),
        "fast_snapshot_restores",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_fast_snapshot_restores_next_at"), "fast_snapshot_restores", ["next_at"], unique=False)
    op.create_index(
        op.f("ix_fast_snapshot_restores_snapshot_id"), "fast_snapshot_restores", ["snapshot_id"], unique=False
    )
    op.create_table(
        "fleet_events",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("fleet_id", sa.String(length=48), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("subtype", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_fleet_events")),
    )
    op.create_index(op.f("ix_fleet_events_fleet_id_row"), "fleet_events", ["fleet_id", "row"], unique=False)
    op.create_table(
        "fleet_instances",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("fleet_id", sa.String(length=48), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("instance_type", sa.String(), nullable=False),
        sa.Column("market", sa.String(), nullable=False),
        sa.Column("weight", sa.JSON(), nullable=False),
        sa.Column("spot_request_id", sa.String(), nullable=True),
        sa.Column("platform", sa.String(), nullable=True),
        sa.Column("living", sa.Boolean(), nullable=False),
        sa.Column("pool", sa.JSON(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_fleet_instances")),
        sa.UniqueConstraint("instance_id", name=op.f("uq_fleet_instances_instance_id")),
    )
    op.create_index(op.f("ix_fleet_instances_fleet_id_living"), "fleet_instances", ["fleet_id", "living"], unique=False)
    op.create_table(
        "fleets",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("fleet_type", sa.String(), nullable=False),
        sa.Column("activity_status", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("on_demand", sa.Integer(), nullable=False),
        sa.Column("spot", sa.Integer(), nullable=False),
        sa.Column("default_market", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("excess_policy", sa.String(), nullable=False),
        sa.Column("terminate_at_end", sa.Boolean(), nullable=False),
        sa.Column("replace_unhealthy", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(), nullable=True),
        sa.Column("valid_until", sa.DateTime(), nullable=True),
        sa.Column("client_token", sa.String(), nullable=False),
        sa.Column("configs", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("evaluate_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_fleets")),
        sa.UniqueConstraint("id", name=op.f("uq_fleets_id")),
    )
    op.create_index(op.f("ix_fleets_account_region_row"), "fleets", ["account", "region", "row"], unique=False)
    op.create_index(op.f("ix_fleets_evaluate_at"), "fleets", ["evaluate_at"], unique=False)
    op.create_index(op.f("ix_fleets_next_at"), "fleets", ["next_at"], unique=False)
    op.create_table(
        "flow_logs",
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("traffic_type", sa.String(), nullable=True),
        sa.Column("destination_type", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=True),
        sa.Column("log_group_name", sa.String(), nullable=True),
        sa.Column("permission_arn", sa.String(), nullable=True),
        sa.Column("cross_account_role", sa.String(), nullable=True),
        sa.Column("log_format", sa.String(), nullable=False),
        sa.Column("max_aggregation_interval", sa.Integer(), nullable=False),
        sa.Column("destination_options", sa.JSON(), nullable=True),
        sa.Column("tag_fields", sa.JSON(), nullable=True),
        sa.Column("delivery_status", sa.String(), nullable=False),
        sa.Column("delivery_error", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_flow_logs")),
        sa.UniqueConstraint("id", name=op.f("uq_flow_logs_id")),
    )
    op.create_index(op.f("ix_flow_logs_account_region_row"), "flow_logs", ["account", "region", "row"], unique=False)
    op.create_index(op.f("ix_flow_logs_resource_id"), "flow_logs", ["resource_id"], unique=False)
    op.create_table(
        "hosts",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("host_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("zone", sa.String(length=32), nullable=False),
        sa.Column("driver", sa.String(), nullable=False),
        sa.Column("architectures", sa.String(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mib", sa.BigInteger(), nullable=False),
        sa.Column("free_vcpus", sa.Integer(), nullable=False),
        sa.Column("free_memory_mib", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("dedicated_to", sa.String(length=12), nullable=True),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        sa.Column("unowned", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hosts")),
    )
    op.create_index(op.f("ix_hosts_region_zone_free_vcpus"), "hosts", ["region", "zone", "free_vcpus"], unique=False)
    op.create_table(
        "iam_account_aliases",
        sa.Column("alias", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_iam_account_aliases")),
    )
    op.create_table(
        "iam_attached_policies",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entity_id", sa.String(length=40), nullable=False),
        sa.Column("policy_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_iam_attached_policies")),
        sa.UniqueConstraint("entity_id", "policy_id", name=op.f("uq_iam_attached_policies_entity_id_policy_id")),
    )
    op.create_index(
        op.f("ix_iam_attached_policies_account_policy_id"),
        "iam_attached_policies",
        ["account", "policy_id"],
        unique=False,
    )
    op.create_table(
        "iam_group_members",
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_iam_group_members")),
    )
    op.create_index(op.f("ix_iam_group_members_user_id"), "iam_group_members", ["user_id"], unique=False)
    op.create_table(
        "iam_groups",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("folded", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_iam_groups")),
        sa.UniqueConstraint("account", "folded", name=op.f("uq_iam_groups_account_folded")),
        sa.UniqueConstraint("id", name=op.f("uq_iam_groups_id")),
    )
    op.create_table(
        "iam_inline_policies",
        sa.Column("entity_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("entity_id", "name", name=op.f("pk_iam_inline_policies")),
    )
    op.create_table(
        "iam_instance_profile_associations",
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("profile_arn", sa.String(), nullable=False),
        sa.Column("profile_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_iam_instance_profile_associations")),
        sa.UniqueConstraint("id", name=op.f("uq_iam_instance_profile_associations_id")),
    )
    op.create_index(
        op.f("ix_iam_instance_profile_associations_account_region_row"),
        "iam_instance_profile_associations",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_iam_instance_profile_associations_instance_id"),
        "iam_instance_profile_associations",
        ["instance_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_iam_instance_profile_associations_next_at"),
        "iam_instance_profile_associations",
        ["next_at"],
        unique=False,
    )
    op.create_table(
        "iam_instance_profiles",
        sa.Column("role_id", sa.String(length=40), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("folded", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_iam_instance_profiles")),
        sa.UniqueConstraint("account", "folded", name=op.f("uq_iam_instance_profiles_account_folded")),
        sa.UniqueConstraint("id", name=op.f("uq_iam_instance_profiles_id")),
    )
    op.create_index(op.f("ix_iam_instance_profiles_role_id"), "iam_instance_profiles", ["role_id"], unique=False)
    op.create_table(
        "iam_policies",
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("default_version", sa.Integer(), nullable=False),
        sa.Column("newest_version", sa.Integer(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("folded", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_iam_policies")),
        sa.UniqueConstraint("account", "folded", name=op.f("uq_iam_policies_account_folded")),
        sa.UniqueConstraint("id", name=op.f("uq_iam_policies_id")),
    )
    op.create_table(
        "iam_policy_versions",
        sa.Column("policy_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("policy_id", "number", name=op.f("pk_iam_policy_versions")),
    )
    op.create_table(
        "iam_role_deletions",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_iam_role_deletions")),
    )
    op.create_table(
        "iam_roles",
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("trust_policy", sa.Text(), nullable=False),
        sa.Column("max_session_duration", sa.Integer(), nullable=False),
        sa.Column("boundary_arn", sa.String(length=2048), nullable=True),
        sa.Column("last_used_at", sa.DateTime(), nullable=True),
        sa.Column("last_used_region", sa.String(length=32), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("folded", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_iam_roles")),
        sa.UniqueConstraint("account", "folded", name=op.f("uq_iam_roles_account_folded")),
        sa.UniqueConstraint("id", name=op.f("uq_iam_roles_id")),
    )
    op.create_index(op.f("ix_iam_roles_boundary_arn"), "iam_roles", ["boundary_arn"], unique=False)
    op.create_table(
        "iam_tags",
        sa.Column("entity_id", sa.String(length=40), nullable=False),
        sa.Column("folded", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("entity_id", "folded", name=op.f("pk_iam_tags")),
    )
    op.create_table(
        "iam_users",
        sa.Column("boundary_arn", sa.String(length=2048), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("folded", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_iam_users")),
        sa.UniqueConstraint("account", "folded", name=op.f("uq_iam_users_account_folded")),
        sa.UniqueConstraint("id", name=op.f("uq_iam_users_id")),
    )
    op.create_index(op.f("ix_iam_users_boundary_arn"), "iam_users", ["boundary_arn"], unique=False)
    op.create_table(
        "image_block_devices",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("device_name", sa.String(), nullable=False),
        sa.Column("virtual_name", sa.String(), nullable=True),
        sa.Column("no_device", sa.Boolean(), nullable=False),
        sa.Column("snapshot_id", sa.String(), nullable=True),
        sa.Column("size_gib", sa.Integer(), nullable=True),
        sa.Column("volume_type", sa.String(), nullable=True),
        sa.Column("iops", sa.Integer(), nullable=True),
        sa.Column("throughput", sa.Integer(), nullable=True),
        sa.Column("encrypted", sa.Boolean(), nullable=True),
        sa.Column("kms_key_id", sa.String(), nullable=True),
        sa.Column("card_index", sa.Integer(), nullable=True),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_image_block_devices")),
    )
    op.create_index(op.f("ix_image_block_devices_image_id"), "image_block_devices", ["image_id"], unique=False)
    op.create_index(op.f("ix_image_block_devices_snapshot_id"), "image_block_devices", ["snapshot_id"], unique=False)
    op.create_table(
        "image_settings",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("public_access", sa.String(), nullable=False),
        sa.Column("allowed_images", sa.String(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", name=op.f("pk_image_settings")),
    )
    op.create_table(
        "image_ssm_parameters",
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "name", name=op.f("pk_image_ssm_parameters")),
    )
    op.create_table(
        "images",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_reason_code", sa.String(), nullable=True),
        sa.Column("state_reason_message", sa.String(), nullable=True),
        sa.Column("image_type", sa.String(), nullable=False),
        sa.Column("image_location", sa.String(), nullable=False),
        sa.Column("owner_alias", sa.String(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("architecture", sa.String(), nullable=False),
        sa.Column("hypervisor", sa.String(), nullable=False),
        sa.Column("virtualization_type", sa.String(), nullable=False),
        sa.Column("root_device_name", sa.String(), nullable=True),
        sa.Column("root_device_type", sa.String(), nullable=False),
        sa.Column("kernel_id", sa.String(), nullable=True),
        sa.Column("ramdisk_id", sa.String(), nullable=True),
        sa.Column("platform", sa.String(), nullable=True),
        sa.Column("platform_details", sa.String(), nullable=False),
        sa.Column("usage_operation", sa.String(), nullable=False),
        sa.Column("ena_support", sa.Boolean(), nullable=False),
        sa.Column("sriov_net_support", sa.String(), nullable=True),
        sa.Column("boot_mode", sa.String(), nullable=True),
        sa.Column("imds_support", sa.String(), nullable=True),
        sa.Column("tpm_support", sa.String(), nullable=True),
        sa.Column("uefi_data", sa.String(), nullable=True),
        sa.Column("free_tier_eligible", sa.Boolean(), nullable=True),
        sa.Column("deprecation_time", sa.DateTime(), nullable=True),
        sa.Column("last_launched_at", sa.DateTime(), nullable=True),
        sa.Column("deregistration_protection", sa.String(), nullable=False),
        sa.Column("protected_until", sa.DateTime(), nullable=True),
        sa.Column("source_instance_id", sa.String(), nullable=True),
        sa.Column("source_image_id", sa.String(), nullable=True),
        sa.Column("source_image_region", sa.String(), nullable=True),
        sa.Column("path", sa.String(), nullable=True),
        sa.Column("path_format", sa.String(), nullable=True),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_images")),
        sa.UniqueConstraint("account", "region", "name", name=op.f("uq_images_account_region_name")),
        sa.UniqueConstraint("id", name=op.f("uq_images_id")),
    )
    op.create_index(op.f("ix_images_account_region_row"), "images", ["account", "region", "row"], unique=False)
    op.create_index(op.f("ix_images_next_at"), "images", ["next_at"], unique=False)
    op.create_index(op.f("ix_images_region_public_name"), "images", ["region", "public", "name"], unique=False)
    op.create_table(
        "import_image_tasks",
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("image_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status_message", sa.String(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_import_image_tasks")),
        sa.UniqueConstraint("id", name=op.f("uq_import_image_tasks_id")),
    )
    op.create_index(
        op.f("ix_import_image_tasks_account_region_row"),
        "import_image_tasks",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_import_image_tasks_next_at"), "import_image_tasks", ["next_at"], unique=False)
    op.create_index(op.f("ix_import_image_tasks_state"), "import_image_tasks", ["state"], unique=False)
    op.create_table(
        "import_snapshot_tasks",
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status_message", sa.String(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_import_snapshot_tasks")),
        sa.UniqueConstraint("id", name=op.f("uq_import_snapshot_tasks_id")),
    )
    op.create_index(
        op.f("ix_import_snapshot_tasks_account_region_row"),
        "import_snapshot_tasks",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_import_snapshot_tasks_next_at"), "import_snapshot_tasks", ["next_at"], unique=False)
    op.create_index(op.f("ix_import_snapshot_tasks_state"), "import_snapshot_tasks", ["state"], unique=False)
    op.create_table(
        "instance_connect_endpoints",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=False),
        sa.Column("security_group_ids", sa.JSON(), nullable=False),
        sa.Column("preserve_client_ip", sa.Boolean(), nullable=False),
        sa.Column("ip_address_type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_instance_connect_endpoints")),
        sa.UniqueConstraint("id", name=op.f("uq_instance_connect_endpoints_id")),
    )
    op.create_index(
        op.f("ix_instance_connect_endpoints_account_region_row"),
        "instance_connect_endpoints",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_instance_connect_endpoints_next_at"), "instance_connect_endpoints", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_instance_connect_endpoints_subnet_id"), "instance_connect_endpoints", ["subnet_id"], unique=False
    )
    op.create_index(
        op.f("ix_instance_connect_endpoints_vpc_id"), "instance_connect_endpoints", ["vpc_id"], unique=False
    )
    op.create_table(
        "instance_event_windows",
        sa.Column("name", sa.String(length=100), nullable=True),
        sa.Column("time_ranges", sa.JSON(), nullable=False),
        sa.Column("cron_expression", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_instance_event_windows")),
        sa.UniqueConstraint("id", name=op.f("uq_instance_event_windows_id")),
    )
    op.create_index(
        op.f("ix_instance_event_windows_account_region_row"),
        "instance_event_windows",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_instance_event_windows_next_at"), "instance_event_windows", ["next_at"], unique=False)
    op.create_table(
        "instance_type_attributes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("instance_type", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "instance_type", name=op.f("pk_instance_type_attributes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "instance_types",
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_instance_types")),
        sa.UniqueConstraint("name", name=op.f("uq_instance_types_name")),
    )
    op.create_table(
        "instances",
        sa.Column("reservation_id", sa.String(), nullable=False),
        sa.Column("launch_index", sa.Integer(), nullable=False),
        sa.Column("launch_time", sa.DateTime(), nullable=False),
        sa.Column("client_token", sa.String(), nullable=False),
        sa.Column("desired", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("power_generation", sa.Integer(), nullable=False),
        sa.Column("observed", sa.String(), nullable=True),
        sa.Column("observed_generation", sa.Integer(), nullable=False),
        sa.Column("observed_sequence", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reboots", sa.Integer(), nullable=False),
        sa.Column("force_stop", sa.Boolean(), nullable=False),
        sa.Column("state_reason_code", sa.String(), nullable=True),
        sa.Column("state_reason_message", sa.String(), nullable=True),
        sa.Column("transition_reason", sa.String(), nullable=False),
        sa.Column("running_since", sa.DateTime(), nullable=True),
        sa.Column("terminated_at", sa.DateTime(), nullable=True),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("launch_attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_vcpus", sa.Integer(), nullable=False),
        sa.Column("claimed_memory_mib", sa.Integer(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mib", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.String(), nullable=False),
        sa.Column("instance_type", sa.String(), nullable=False),
        sa.Column("architecture", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("key_name", sa.String(), nullable=True),
        sa.Column("public_key", sa.String(), nullable=True),
        sa.Column("vpc_id", sa.String(), nullable=True),
        sa.Column("subnet_id", sa.String(), nullable=True),
        sa.Column("private_ip", sa.String(), nullable=True),
        sa.Column("private_dns_name", sa.String(), nullable=False),
        sa.Column("public_ip", sa.String(), nullable=True),
        sa.Column("public_dns_name", sa.String(), nullable=False),
        sa.Column("ipv6_address", sa.String(), nullable=True),
        sa.Column("source_dest_check", sa.Boolean(), nullable=True),
        sa.Column("root_device_name", sa.String(), nullable=True),
        sa.Column("root_device_type", sa.String(), nullable=False),
        sa.Column("virtualization_type", sa.String(), nullable=False),
        sa.Column("hypervisor", sa.String(), nullable=False),
        sa.Column("boot_mode", sa.String(), nullable=True),
        sa.Column("current_boot_mode", sa.String(), nullable=False),
        sa.Column("ena_support", sa.Boolean(), nullable=False),
        sa.Column("sriov_net_support", sa.String(), nullable=True),
        sa.Column("ebs_optimized", sa.Boolean(), nullable=False),
        sa.Column("platform", sa.String(), nullable=True),
        sa.Column("platform_details", sa.String(), nullable=False),
        sa.Column("usage_operation", sa.String(), nullable=False),
        sa.Column("kernel_id", sa.String(), nullable=True),
        sa.Column("ramdisk_id", sa.String(), nullable=True),
        sa.Column("iam_instance_profile", sa.JSON(), nullable=True),
        sa.Column("monitoring", sa.String(), nullable=False),
        sa.Column("tenancy", sa.String(), nullable=False),
        sa.Column("affinity", sa.String(), nullable=True),
        sa.Column("placement_group", sa.String(), nullable=True),
        sa.Column("placement_group_id", sa.String(), nullable=True),
        sa.Column("partition_number", sa.Integer(), nullable=True),
        sa.Column("host_resource_id", sa.String(), nullable=True),
        sa.Column("capacity_reservation_id", sa.String(), nullable=True),
        sa.Column("lifecycle", sa.String(), nullable=True),
        sa.Column("spot_request_id", sa.String(), nullable=True),
        sa.Column("fleet_id", sa.String(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("credit", sa.String(), nullable=True),
        sa.Column("disable_api_termination", sa.Boolean(), nullable=False),
        sa.Column("disable_api_stop", sa.Boolean(), nullable=False),
        sa.Column("shutdown_behavior", sa.String(), nullable=False),
        sa.Column("user_data", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_instances")),
        sa.UniqueConstraint("id", name=op.f("uq_instances_id")),
    )
    op.create_index(op.f("ix_instances_account_region_row"), "instances", ["account", "region", "row"], unique=False)
    op.create_index(
        op.f("ix_instances_account_region_state"), "instances", ["account", "region", "state"], unique=False
    )
    op.create_index(
        op.f("ix_instances_capacity_reservation_id"), "instances", ["capacity_reservation_id"], unique=False
    )
    op.create_index(op.f("ix_instances_host"), "instances", ["host"], unique=False)
    op.create_index(op.f("ix_instances_host_resource_id"), "instances", ["host_resource_id"], unique=False)
    op.create_index(
        "ix_instances_lagging",
        "instances",
        ["sent_at"],
        unique=False,
        sqlite_where=sa.text("observed_generation < generation OR state IN ('pending', 'stopping')"),
        postgresql_where=sa.text("observed_generation < generation OR state IN ('pending', 'stopping')"),
    )
    op.create_index(op.f("ix_instances_placement_group_id"), "instances", ["placement_group_id"], unique=False)
    op.create_index(op.f("ix_instances_reservation_id"), "instances", ["reservation_id"], unique=False)
    op.create_index(op.f("ix_instances_subnet_id"), "instances", ["subnet_id"], unique=False)
    op.create_index(
        "ix_instances_terminated",
        "instances",
        ["terminated_at"],
        unique=False,
        sqlite_where=sa.text("terminated_at IS NOT NULL"),
        postgresql_where=sa.text("terminated_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_instances_vpc_id"), "instances", ["vpc_id"], unique=False)
    op.create_table(
        "interface_groups",
        sa.Column("network_interface_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("network_interface_id", "position", name=op.f("pk_interface_groups")),
    )
    op.create_index(op.f("ix_interface_groups_group_id"), "interface_groups", ["group_id"], unique=False)
    op.create_table(
        "interface_ranges",
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subnet_id", "number", name=op.f("pk_interface_ranges")),
    )
    op.create_index(
        op.f("ix_interface_ranges_network_interface_id"), "interface_ranges", ["network_interface_id"], unique=False
    )
    op.create_index(op.f("ix_interface_ranges_text"), "interface_ranges", ["text"], unique=False)
    op.create_table(
        "internet_gateways",
        sa.Column("vpc_id", sa.String(length=40), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_internet_gateways")),
        sa.UniqueConstraint("id", name=op.f("uq_internet_gateways_id")),
    )
    op.create_index(
        op.f("ix_internet_gateways_account_region_row"), "internet_gateways", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_internet_gateways_vpc_id"), "internet_gateways", ["vpc_id"], unique=False)
    op.create_table(
        "key_pairs",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_type", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_key_pairs")),
        sa.UniqueConstraint("account", "region", "name", name=op.f("uq_key_pairs_account_region_name")),
        sa.UniqueConstraint("id", name=op.f("uq_key_pairs_id")),
    )
    op.create_index(op.f("ix_key_pairs_account_region_row"), "key_pairs", ["account", "region", "row"], unique=False)
    op.create_table(
        "launch_permissions",
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "kind", "value", name=op.f("pk_launch_permissions")),
    )
    op.create_index(
        op.f("ix_launch_permissions_kind_value_image_id"),
        "launch_permissions",
        ["kind", "value", "image_id"],
        unique=False,
    )
    op.create_table(
        "launch_template_versions",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("launch_template_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("network_cards", sa.String(), nullable=False),
        sa.Column("license_arns", sa.String(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_launch_template_versions")),
        sa.UniqueConstraint(
            "launch_template_id", "number", name=op.f("uq_launch_template_versions_launch_template_id_number")
        ),
    )
    op.create_index(
        op.f("ix_launch_template_versions_account_region_row"),
        "launch_template_versions",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_table(
        "launch_templates",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("default_version", sa.Integer(), nullable=False),
        sa.Column("latest_version", sa.Integer(), nullable=False),
        sa.Column("next_version", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_launch_templates")),
        sa.UniqueConstraint("account", "region", "name", name=op.f("uq_launch_templates_account_region_name")),
        sa.UniqueConstraint("id", name=op.f("uq_launch_templates_id")),
    )
    op.create_index(
        op.f("ix_launch_templates_account_region_row"), "launch_templates", ["account", "region", "row"], unique=False
    )
    op.create_table(
        "manifest_blocks",
        sa.Column("manifest_id", sa.String(length=40), nullable=False),
        sa.Column("block_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("checksum", sa.String(length=44), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("manifest_id", "block_index", name=op.f("pk_manifest_blocks")),
    )
    op.create_index(op.f("ix_manifest_blocks_checksum"), "manifest_blocks", ["checksum"], unique=False)
    op.create_table(
        "multicast_domain_associations",
        sa.Column("domain_id", sa.String(length=40), nullable=False),
        sa.Column("attachment_id", sa.String(length=40), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_multicast_domain_associations")),
        sa.UniqueConstraint("id", name=op.f("uq_multicast_domain_associations_id")),
    )
    op.create_index(
        op.f("ix_multicast_domain_associations_account_region_row"),
        "multicast_domain_associations",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_multicast_domain_associations_attachment_id"),
        "multicast_domain_associations",
        ["attachment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_multicast_domain_associations_domain_id"), "multicast_domain_associations", ["domain_id"], unique=False
    )
    op.create_index(
        op.f("ix_multicast_domain_associations_next_at"), "multicast_domain_associations", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_multicast_domain_associations_subnet_id"), "multicast_domain_associations", ["subnet_id"], unique=False
    )
    op.create_table(
        "multicast_group_interfaces",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("domain_id", sa.String(length=40), nullable=False),
        sa.Column("group_ip_address", sa.String(), nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=False),
        sa.Column("attachment_id", sa.String(length=40), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("member", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Boolean(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_multicast_group_interfaces")),
        sa.UniqueConstraint(
            "domain_id",
            "group_ip_address",
            "network_interface_id",
            name=op.f("uq_multicast_group_interfaces_domain_id_group_ip_address_network_interface_id"),
        ),
    )
    op.create_index(
        op.f("ix_multicast_group_interfaces_domain_id"), "multicast_group_interfaces", ["domain_id"], unique=False
    )
    op.create_index(
        op.f("ix_multicast_group_interfaces_network_interface_id"),
        "multicast_group_interfaces",
        ["network_interface_id"],
        unique=False,
    )
    op.create_table(
        "nat_gateway_addresses",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("nat_gateway_id", sa.String(length=40), nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=True),
        sa.Column("private_ip", sa.String(), nullable=True),
        sa.Column("public_ip", sa.String(), nullable=True),
        sa.Column("allocation_id", sa.String(length=40), nullable=True),
        sa.Column("association_id", sa.String(length=40), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_nat_gateway_addresses")),
    )
    op.create_index(
        op.f("ix_nat_gateway_addresses_nat_gateway_id"), "nat_gateway_addresses", ["nat_gateway_id"], unique=False
    )
    op.create_table(
        "nat_gateways",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("connectivity_type", sa.String(), nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=True),
        sa.Column("failure_code", sa.String(), nullable=True),
        sa.Column("failure_message", sa.String(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_nat_gateways")),
        sa.UniqueConstraint("id", name=op.f("uq_nat_gateways_id")),
    )
    op.create_index(
        op.f("ix_nat_gateways_account_region_row"), "nat_gateways", ["account", "region", "row"], unique=False
    )
    op.create_index(
        op.f("ix_nat_gateways_network_interface_id"), "nat_gateways", ["network_interface_id"], unique=False
    )
    op.create_index(op.f("ix_nat_gateways_next_at"), "nat_gateways", ["next_at"], unique=False)
    op.create_index(op.f("ix_nat_gateways_subnet_id"), "nat_gateways", ["subnet_id"], unique=False)
    op.create_index(op.f("ix_nat_gateways_vpc_id"), "nat_gateways", ["vpc_id"], unique=False)
    op.create_table(
        "network_acl_associations",
        sa.Column("association_id", sa.String(length=40), nullable=False),
        sa.Column("network_acl_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("association_id", name=op.f("pk_network_acl_associations")),
        sa.UniqueConstraint("subnet_id", name=op.f("uq_network_acl_associations_subnet_id")),
    )
    op.create_index(
        op.f("ix_network_acl_associations_network_acl_id"), "network_acl_associations", ["network_acl_id"], unique=False
    )
    op.create_table(
        "network_acl_entries",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("network_acl_id", sa.String(length=40), nullable=False),
        sa.Column("egress", sa.Boolean(), nullable=False),
        sa.Column("rule_number", sa.Integer(), nullable=False),
        sa.Column("protocol", sa.String(), nullable=False),
        sa.Column("rule_action", sa.String(), nullable=False),
        sa.Column("cidr_block", sa.String(), nullable=True),
        sa.Column("ipv6_cidr_block", sa.String(), nullable=True),
        sa.Column("port_from", sa.Integer(), nullable=True),
        sa.Column("port_to", sa.Integer(), nullable=True),
        sa.Column("icmp_type", sa.Integer(), nullable=True),
        sa.Column("icmp_code", sa.Integer(), nullable=True),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_network_acl_entries")),
        sa.UniqueConstraint(
            "network_acl_id",
            "egress",
            "rule_number",
            name=op.f("uq_network_acl_entries_network_acl_id_egress_rule_number"),
        ),
    )
    op.create_table(
        "network_acls",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_network_acls")),
        sa.UniqueConstraint("id", name=op.f("uq_network_acls_id")),
    )
    op.create_index(
        op.f("ix_network_acls_account_region_row"), "network_acls", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_network_acls_vpc_id"), "network_acls", ["vpc_id"], unique=False)
    op.create_table(
        "network_interface_permissions",
        sa.Column("network_interface_id", sa.String(length=40), nullable=False),
        sa.Column("aws_account_id", sa.String(length=12), nullable=False),
        sa.Column("permission", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_network_interface_permissions")),
        sa.UniqueConstraint("id", name=op.f("uq_network_interface_permissions_id")),
    )
    op.create_index(
        op.f("ix_network_interface_permissions_account_region_row"),
        "network_interface_permissions",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_network_interface_permissions_network_interface_id"),
        "network_interface_permissions",
        ["network_interface_id"],
        unique=False,
    )
    op.create_table(
        "network_interfaces",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("interface_type", sa.String(), nullable=False),
        sa.Column("mac_address", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("source_dest_check", sa.Boolean(), nullable=False),
        sa.Column("private_ip", sa.String(), nullable=True),
        sa.Column("private_dns_name", sa.String(), nullable=True),
        sa.Column("ipv6_address", sa.String(), nullable=True),
        sa.Column("requester_id", sa.String(), nullable=True),
        sa.Column("requester_managed", sa.Boolean(), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=True),
        sa.Column("instance_owner_id", sa.String(), nullable=True),
        sa.Column("attachment_id", sa.String(length=40), nullable=True),
        sa.Column("attachment_status", sa.String(), nullable=True),
        sa.Column("attach_time", sa.DateTime(), nullable=True),
        sa.Column("device_index", sa.Integer(), nullable=True),
        sa.Column("network_card_index", sa.Integer(), nullable=True),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=False),
        sa.Column("public_on_start", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_network_interfaces")),
        sa.UniqueConstraint("id", name=op.f("uq_network_interfaces_id")),
    )
    op.create_index(
        op.f("ix_network_interfaces_account_region_row"),
        "network_interfaces",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_network_interfaces_attachment_id"), "network_interfaces", ["attachment_id"], unique=False)
    op.create_index(op.f("ix_network_interfaces_instance_id"), "network_interfaces", ["instance_id"], unique=False)
    op.create_index(op.f("ix_network_interfaces_subnet_id"), "network_interfaces", ["subnet_id"], unique=False)
    op.create_index(op.f("ix_network_interfaces_vpc_id"), "network_interfaces", ["vpc_id"], unique=False)
    op.create_table(
        "offered_types",
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("instance_type_row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("set_number", "instance_type_row", name=op.f("pk_offered_types")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "offering_locations",
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("location_type", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_offering_locations")),
    )
    op.create_index(
        op.f("ix_offering_locations_region_location_type"),
        "offering_locations",
        ["region", "location_type"],
        unique=False,
    )
    op.create_table(
        "placement_groups",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("partition_count", sa.Integer(), nullable=True),
        sa.Column("spread_level", sa.String(), nullable=True),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("linked_id", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_placement_groups")),
        sa.UniqueConstraint("account", "region", "name", name=op.f("uq_placement_groups_account_region_name")),
        sa.UniqueConstraint("id", name=op.f("uq_placement_groups_id")),
    )
    op.create_index(
        op.f("ix_placement_groups_account_region_row"), "placement_groups", ["account", "region", "row"], unique=False
    )
    op.create_table(
        "policy_table_entries",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("table_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_cidr_block", sa.String(), nullable=True),
        sa.Column("source_port_range", sa.String(), nullable=True),
        sa.Column("destination_cidr_block", sa.String(), nullable=True),
        sa.Column("destination_port_range", sa.String(), nullable=True),
        sa.Column("protocol", sa.String(), nullable=True),
        sa.Column("meta_data_key", sa.String(), nullable=True),
        sa.Column("meta_data_value", sa.String(), nullable=True),
        sa.Column("target_route_table_id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_policy_table_entries")),
        sa.UniqueConstraint("table_id", "number", name=op.f("uq_policy_table_entries_table_id_number")),
    )
    op.create_index(
        op.f("ix_policy_table_entries_target_route_table_id"),
        "policy_table_entries",
        ["target_route_table_id"],
        unique=False,
    )
    op.create_table(
        "prefix_list_entries",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("prefix_list_id", sa.String(length=40), nullable=False),
        sa.Column("cidr", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("added_in", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_prefix_list_entries")),
    )
    op.create_index(
        op.f("ix_prefix_list_entries_prefix_list_id"), "prefix_list_entries", ["prefix_list_id"], unique=False
    )
    op.create_table(
        "prefix_lists",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address_family", sa.String(), nullable=False),
        sa.Column("max_entries", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state_message", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_prefix_lists")),
        sa.UniqueConstraint("id", name=op.f("uq_prefix_lists_id")),
    )
    op.create_index(
        op.f("ix_prefix_lists_account_region_row"), "prefix_lists", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_prefix_lists_next_at"), "prefix_lists", ["next_at"], unique=False)
    op.create_table(
        "private_addresses",
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("public_ip", sa.String(), nullable=True),
        sa.Column("public_dns_name", sa.String(), nullable=True),
        sa.Column("allocation_id", sa.String(length=40), nullable=True),
        sa.Column("association_id", sa.String(length=40), nullable=True),
        sa.Column("public_owner", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("subnet_id", "number", name=op.f("pk_private_addresses")),
    )
    op.create_index(op.f("ix_private_addresses_allocation_id"), "private_addresses", ["allocation_id"], unique=False)
    op.create_index(op.f("ix_private_addresses_association_id"), "private_addresses", ["association_id"], unique=False)
    op.create_index(
        op.f("ix_private_addresses_network_interface_id"), "private_addresses", ["network_interface_id"], unique=False
    )
    op.create_index(op.f("ix_private_addresses_public_ip"), "private_addresses", ["public_ip"], unique=False)
    op.create_table(
        "public_access_blocks",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", name=op.f("pk_public_access_blocks")),
    )
    op.create_table(
        "public_access_exclusions",
        sa.Column("vpc_id", sa.String(length=40), nullable=True),
        sa.Column("subnet_id", sa.String(length=40), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
        sa.Column("deleted", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_public_access_exclusions")),
        sa.UniqueConstraint("id", name=op.f("uq_public_access_exclusions_id")),
    )
    op.create_index(
        op.f("ix_public_access_exclusions_account_region_row"),
        "public_access_exclusions",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_public_access_exclusions_next_at"), "public_access_exclusions", ["next_at"], unique=False)
    op.create_index(
        op.f("ix_public_access_exclusions_subnet_id"), "public_access_exclusions", ["subnet_id"], unique=False
    )
    op.create_index(op.f("ix_public_access_exclusions_vpc_id"), "public_access_exclusions", ["vpc_id"], unique=False)
    op.create_table(
        "public_addresses",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=True),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_public_addresses")),
    )
    op.create_index(
        op.f("ix_public_addresses_network_interface_id"), "public_addresses", ["network_interface_id"], unique=False
    )
    op.create_table(
        "region_setups",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", name=op.f("pk_region_setups")),
    )
    op.create_table(
        "regions",
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("opt_in_status", sa.String(), nullable=False),
        sa.Column("geography", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_regions")),
        sa.UniqueConstraint("name", name=op.f("uq_regions_name")),
    )
    op.create_table(
        "released_addresses",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_released_addresses")),
    )
    op.create_table(
        "replace_root_volume_tasks",
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("image_id", sa.String(), nullable=True),
        sa.Column("snapshot_id", sa.String(), nullable=True),
        sa.Column("completed_at", sa.DateTime(), nullable=True),
        sa.Column("volume_id", sa.String(length=40), nullable=False),
        sa.Column("replaced_volume_id", sa.String(length=40), nullable=False),
        sa.Column("delete_replaced", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_replace_root_volume_tasks")),
        sa.UniqueConstraint("id", name=op.f("uq_replace_root_volume_tasks_id")),
    )
    op.create_index(
        op.f("ix_replace_root_volume_tasks_account_region_row"),
        "replace_root_volume_tasks",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_replace_root_volume_tasks_instance_id_state"),
        "replace_root_volume_tasks",
        ["instance_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_replace_root_volume_tasks_next_at"), "replace_root_volume_tasks", ["next_at"], unique=False
    )
    op.create_table(
        "reserved_rooms",
        sa.Column("reservation_id", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mib", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("reservation_id", "host", name=op.f("pk_reserved_rooms")),
    )
    op.create_table(
        "restore_image_tasks",
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status_message", sa.String(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_restore_image_tasks")),
        sa.UniqueConstraint("id", name=op.f("uq_restore_image_tasks_id")),
    )
    op.create_index(
        op.f("ix_restore_image_tasks_account_region_row"),
        "restore_image_tasks",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_restore_image_tasks_image_id"), "restore_image_tasks", ["image_id"], unique=False)
    op.create_index(op.f("ix_restore_image_tasks_next_at"), "restore_image_tasks", ["next_at"], unique=False)
    op.create_index(op.f("ix_restore_image_tasks_state"), "restore_image_tasks", ["state"], unique=False)
    op.create_table(
        "route_propagations",
        sa.Column("route_table_id", sa.String(length=40), nullable=False),
        sa.Column("gateway_id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("route_table_id", "gateway_id", name=op.f("pk_route_propagations")),
    )
    op.create_index(op.f("ix_route_propagations_gateway_id"), "route_propagations", ["gateway_id"], unique=False)
    op.create_table(
        "route_table_associations",
        sa.Column("association_id", sa.String(length=40), nullable=False),
        sa.Column("route_table_id", sa.String(length=40), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=True),
        sa.Column("gateway_id", sa.String(length=40), nullable=True),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("association_id", name=op.f("pk_route_table_associations")),
    )
    op.create_index(
        op.f("ix_route_table_associations_gateway_id"), "route_table_associations", ["gateway_id"], unique=False
    )
    op.create_index(
        op.f("ix_route_table_associations_route_table_id"), "route_table_associations", ["route_table_id"], unique=False
    )
    op.create_index(
        op.f("ix_route_table_associations_subnet_id"), "route_table_associations", ["subnet_id"], unique=False
    )
    op.create_table(
        "route_tables",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_route_tables")),
        sa.UniqueConstraint("id", name=op.f("uq_route_tables_id")),
    )
    op.create_index(
        op.f("ix_route_tables_account_region_row"), "route_tables", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_route_tables_vpc_id"), "route_tables", ["vpc_id"], unique=False)
    op.create_table(
        "routes",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("route_table_id", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_routes")),
        sa.UniqueConstraint("route_table_id", "destination", name=op.f("uq_routes_route_table_id_destination")),
    )
    op.create_index(op.f("ix_routes_route_table_id"), "routes", ["route_table_id"], unique=False)
    op.create_index(op.f("ix_routes_target"), "routes", ["target"], unique=False)
    op.create_table(
        "s3_notifications",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("target", sa.String(length=2048), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_s3_notifications")),
    )
    op.create_index(op.f("ix_s3_notifications_due"), "s3_notifications", ["due"], unique=False)
    op.create_table(
        "security_group_rules",
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("egress", sa.Boolean(), nullable=False),
        sa.Column("protocol", sa.String(), nullable=False),
        sa.Column("from_port", sa.Integer(), nullable=False),
        sa.Column("to_port", sa.Integer(), nullable=False),
        sa.Column("cidr_ipv4", sa.String(), nullable=True),
        sa.Column("cidr_ipv6", sa.String(), nullable=True),
        sa.Column("prefix_list_id", sa.String(), nullable=True),
        sa.Column("referenced_group_id", sa.String(length=40), nullable=True),
        sa.Column("referenced_user_id", sa.String(), nullable=True),
        sa.Column("referenced_vpc_id", sa.String(), nullable=True),
        sa.Column("referenced_peering_id", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_security_group_rules")),
        sa.UniqueConstraint("id", name=op.f("uq_security_group_rules_id")),
    )
    op.create_index(
        op.f("ix_security_group_rules_account_region_row"),
        "security_group_rules",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_security_group_rules_group_id"), "security_group_rules", ["group_id"], unique=False)
    op.create_index(
        op.f("ix_security_group_rules_referenced_group_id"),
        "security_group_rules",
        ["referenced_group_id"],
        unique=False,
    )
    op.create_table(
        "security_group_vpc_associations",
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_security_group_vpc_associations")),
        sa.UniqueConstraint("group_id", "vpc_id", name=op.f("uq_security_group_vpc_associations_group_id_vpc_id")),
        sa.UniqueConstraint("id", name=op.f("uq_security_group_vpc_associations_id")),
    )
    op.create_index(
        op.f("ix_security_group_vpc_associations_account_region_row"),
        "security_group_vpc_associations",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_security_group_vpc_associations_next_at"), "security_group_vpc_associations", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_security_group_vpc_associations_vpc_id"), "security_group_vpc_associations", ["vpc_id"], unique=False
    )
    op.create_table(
        "security_groups",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_security_groups")),
        sa.UniqueConstraint("id", name=op.f("uq_security_groups_id")),
        sa.UniqueConstraint("vpc_id", "name", name=op.f("uq_security_groups_vpc_id_name")),
    )
    op.create_index(
        op.f("ix_security_groups_account_region_row"), "security_groups", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_security_groups_vpc_id"), "security_groups", ["vpc_id"], unique=False)
    op.create_table(
        "snapshot_locks",
        sa.Column("snapshot_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("duration_days", sa.Integer(), nullable=False),
        sa.Column("duration_start", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("cool_off_hours", sa.Integer(), nullable=True),
        sa.Column("cool_off_expires", sa.DateTime(), nullable=True),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_snapshot_locks")),
    )
    op.create_table(
        "snapshot_tierings",
        sa.Column("snapshot_id", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("archived_at", sa.DateTime(), nullable=True),
        sa.Column("restore_days", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_snapshot_tierings")),
        sa.UniqueConstraint("id", name=op.f("uq_snapshot_tierings_id")),
        sa.UniqueConstraint("snapshot_id", name=op.f("uq_snapshot_tierings_snapshot_id")),
    )
    op.create_index(
        op.f("ix_snapshot_tierings_account_region_row"), "snapshot_tierings", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_snapshot_tierings_next_at"), "snapshot_tierings", ["next_at"], unique=False)
    op.create_table(
        "snapshots",
        sa.Column("volume_id", sa.String(), nullable=False),
        sa.Column("size_gib", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_message", sa.String(), nullable=True),
        sa.Column("progress", sa.String(), nullable=False),
        sa.Column("completed_at", sa.DateTime(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("kms_key_id", sa.String(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("owner_alias", sa.String(), nullable=True),
        sa.Column("storage_tier", sa.String(), nullable=False),
        sa.Column("restore_expiry", sa.DateTime(), nullable=True),
        sa.Column("transfer_type", sa.String(), nullable=True),
        sa.Column("completion_minutes", sa.Integer(), nullable=True),
        sa.Column("lineage", sa.String(), nullable=False),
        sa.Column("manifest_id", sa.String(length=40), nullable=True),
        sa.Column("full_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("direct", sa.JSON(), nullable=True),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("id", name=op.f("uq_snapshots_id")),
    )
    op.create_index(op.f("ix_snapshots_account_region_row"), "snapshots", ["account", "region", "row"], unique=False)
    op.create_index(op.f("ix_snapshots_manifest_id"), "snapshots", ["manifest_id"], unique=False)
    op.create_index(op.f("ix_snapshots_next_at"), "snapshots", ["next_at"], unique=False)
    op.create_table(
        "spot_fleet_requests",
        sa.Column("fleet_type", sa.String(), nullable=False),
        sa.Column("activity_status", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("on_demand", sa.Integer(), nullable=False),
        sa.Column("spot", sa.Integer(), nullable=False),
        sa.Column("default_market", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("excess_policy", sa.String(), nullable=False),
        sa.Column("terminate_at_end", sa.Boolean(), nullable=False),
        sa.Column("replace_unhealthy", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(), nullable=True),
        sa.Column("valid_until", sa.DateTime(), nullable=True),
        sa.Column("client_token", sa.String(), nullable=False),
        sa.Column("configs", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("evaluate_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_spot_fleet_requests")),
        sa.UniqueConstraint("id", name=op.f("uq_spot_fleet_requests_id")),
    )
    op.create_index(
        op.f("ix_spot_fleet_requests_account_region_row"),
        "spot_fleet_requests",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_spot_fleet_requests_evaluate_at"), "spot_fleet_requests", ["evaluate_at"], unique=False)
    op.create_index(op.f("ix_spot_fleet_requests_next_at"), "spot_fleet_requests", ["next_at"], unique=False)
    op.create_table(
        "spot_instance_requests",
        sa.Column("request_type", sa.String(), nullable=False),
        sa.Column("price", sa.String(), nullable=False),
        sa.Column("status_code", sa.String(), nullable=False),
        sa.Column("status_message", sa.String(), nullable=False),
        sa.Column("status_at", sa.DateTime(), nullable=False),
        sa.Column("fault_code", sa.String(), nullable=True),
        sa.Column("fault_message", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(length=40), nullable=True),
        sa.Column("launched_zone", sa.String(), nullable=True),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("interruption_behavior", sa.String(), nullable=False),
        sa.Column("launch_group", sa.String(), nullable=True),
        sa.Column("zone_group", sa.String(), nullable=True),
        sa.Column("valid_from", sa.DateTime(), nullable=True),
        sa.Column("valid_until", sa.DateTime(), nullable=True),
        sa.Column("evaluate_at", sa.DateTime(), nullable=True),
        sa.Column("specification", sa.JSON(), nullable=False),
        sa.Column("launch", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_spot_instance_requests")),
        sa.UniqueConstraint("id", name=op.f("uq_spot_instance_requests_id")),
    )
    op.create_index(
        op.f("ix_spot_instance_requests_account_region_row"),
        "spot_instance_requests",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_spot_instance_requests_evaluate_at"), "spot_instance_requests", ["evaluate_at"], unique=False
    )
    op.create_index(
        op.f("ix_spot_instance_requests_instance_id"), "spot_instance_requests", ["instance_id"], unique=False
    )
    op.create_index(op.f("ix_spot_instance_requests_next_at"), "spot_instance_requests", ["next_at"], unique=False)
    op.create_table(
        "spot_request_facts",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_spot_request_facts")),
    )
    op.create_index(op.f("ix_spot_request_facts_request_id"), "spot_request_facts", ["request_id"], unique=False)
    op.create_table(
        "ssm_parameter_tags",
        sa.Column("parameter_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("parameter_row", "key", name=op.f("pk_ssm_parameter_tags")),
    )
    op.create_index(
        op.f("ix_ssm_parameter_tags_account_region_key_value"),
        "ssm_parameter_tags",
        ["account", "region", "key", "value"],
        unique=False,
    )
    op.create_table(
        "ssm_parameter_versions",
        sa.Column("parameter_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=256), nullable=True),
        sa.Column("description", sa.String(length=1024), nullable=True),
        sa.Column("allowed_pattern", sa.String(length=1024), nullable=True),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("data_type", sa.String(length=128), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("modified", sa.DateTime(), nullable=False),
        sa.Column("modified_by", sa.String(length=2048), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("parameter_row", "number", name=op.f("pk_ssm_parameter_versions")),
    )
    op.create_table(
        "ssm_parameters",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=2048), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=12), nullable=False),
        sa.Column("key_id", sa.String(length=256), nullable=True),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("data_type", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_ssm_parameters")),
        sa.UniqueConstraint("account", "region", "name", name=op.f("uq_ssm_parameters_account_region_name")),
    )
    op.create_table(
        "store_image_tasks",
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status_message", sa.String(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_store_image_tasks")),
        sa.UniqueConstraint("id", name=op.f("uq_store_image_tasks_id")),
    )
    op.create_index(
        op.f("ix_store_image_tasks_account_region_row"), "store_image_tasks", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_store_image_tasks_image_id"), "store_image_tasks", ["image_id"], unique=False)
    op.create_index(op.f("ix_store_image_tasks_next_at"), "store_image_tasks", ["next_at"], unique=False)
    op.create_index(op.f("ix_store_image_tasks_state"), "store_image_tasks", ["state"], unique=False)
    op.create_table(
        "stored_blocks",
        sa.Column("checksum", sa.String(length=44), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("touched_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("checksum", name=op.f("pk_stored_blocks")),
    )
    op.create_index(op.f("ix_stored_blocks_touched_at"), "stored_blocks", ["touched_at"], unique=False)
    op.create_table(
        "subnet_cidr_blocks",
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("cidr_block", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_subnet_cidr_blocks")),
        sa.UniqueConstraint("id", name=op.f("uq_subnet_cidr_blocks_id")),
    )
    op.create_index(
        op.f("ix_subnet_cidr_blocks_account_region_row"),
        "subnet_cidr_blocks",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_subnet_cidr_blocks_next_at"), "subnet_cidr_blocks", ["next_at"], unique=False)
    op.create_index(op.f("ix_subnet_cidr_blocks_subnet_id"), "subnet_cidr_blocks", ["subnet_id"], unique=False)
    op.create_index(op.f("ix_subnet_cidr_blocks_vpc_id"), "subnet_cidr_blocks", ["vpc_id"], unique=False)
    op.create_table(
        "subnet_cidr_reservations",
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("cidr", sa.String(), nullable=False),
        sa.Column("reservation_type", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_subnet_cidr_reservations")),
        sa.UniqueConstraint("id", name=op.f("uq_subnet_cidr_reservations_id")),
    )
    op.create_index(
        op.f("ix_subnet_cidr_reservations_account_region_row"),
        "subnet_cidr_reservations",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subnet_cidr_reservations_subnet_id"), "subnet_cidr_reservations", ["subnet_id"], unique=False
    )
    op.create_table(
        "subnets",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("zone_id", sa.String(), nullable=False),
        sa.Column("cidr_block", sa.String(), nullable=False),
        sa.Column("ipv6_native", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.JSON(), nullable=False),
        sa.Column("default_for_az", sa.Boolean(), nullable=False),
        sa.Column("map_public_ip_on_launch", sa.Boolean(), nullable=False),
        sa.Column("assign_ipv6_address_on_creation", sa.Boolean(), nullable=False),
        sa.Column("enable_dns64", sa.Boolean(), nullable=False),
        sa.Column("enable_lni_at_device_index", sa.Integer(), nullable=True),
        sa.Column("hostname_type", sa.String(), nullable=False),
        sa.Column("enable_resource_name_dns_a_record", sa.Boolean(), nullable=False),
        sa.Column("enable_resource_name_dns_aaaa_record", sa.Boolean(), nullable=False),
        sa.Column("internet_gateway_block_mode", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_subnets")),
        sa.UniqueConstraint("id", name=op.f("uq_subnets_id")),
    )
    op.create_index(op.f("ix_subnets_account_region_row"), "subnets", ["account", "region", "row"], unique=False)
    op.create_index(op.f("ix_subnets_vpc_id"), "subnets", ["vpc_id"], unique=False)
    op.create_table(
        "tags",
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", "key", "account", "region", name=op.f("pk_tags")),
    )
    op.create_index(
        op.f("ix_tags_account_region_key_value_resource_id"),
        "tags",
        ["account", "region", "key", "value", "resource_id"],
        unique=False,
    )
    op.create_table(
        "traffic_mirror_filter_rules",
        sa.Column("filter_id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("protocol", sa.Integer(), nullable=True),
        sa.Column("source_cidr", sa.String(), nullable=False),
        sa.Column("destination_cidr", sa.String(), nullable=False),
        sa.Column("source_ports", sa.JSON(), nullable=True),
        sa.Column("destination_ports", sa.JSON(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_traffic_mirror_filter_rules")),
        sa.UniqueConstraint(
            "filter_id", "direction", "number", name=op.f("uq_traffic_mirror_filter_rules_filter_id_direction_number")
        ),
        sa.UniqueConstraint("id", name=op.f("uq_traffic_mirror_filter_rules_id")),
    )
    op.create_index(
        op.f("ix_traffic_mirror_filter_rules_account_region_row"),
        "traffic_mirror_filter_rules",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_table(
        "traffic_mirror_filters",
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("network_services", sa.JSON(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_traffic_mirror_filters")),
        sa.UniqueConstraint("id", name=op.f("uq_traffic_mirror_filters_id")),
    )
    op.create_index(
        op.f("ix_traffic_mirror_filters_account_region_row"),
        "traffic_mirror_filters",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_table(
        "traffic_mirror_targets",
        sa.Column("network_interface_id", sa.String(length=40), nullable=True),
        sa.Column("endpoint_id", sa.String(length=40), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_traffic_mirror_targets")),
        sa.UniqueConstraint("id", name=op.f("uq_traffic_mirror_targets_id")),
    )
    op.create_index(
        op.f("ix_traffic_mirror_targets_account_region_row"),
        "traffic_mirror_targets",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_traffic_mirror_targets_endpoint_id"), "traffic_mirror_targets", ["endpoint_id"], unique=False
    )
    op.create_index(
        op.f("ix_traffic_mirror_targets_network_interface_id"),
        "traffic_mirror_targets",
        ["network_interface_id"],
        unique=False,
    )
    op.create_table(
        "transit_gateway_associations",
        sa.Column("table_id", sa.String(length=40), nullable=False),
        sa.Column("attachment_id", sa.String(length=40), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_associations")),
        sa.UniqueConstraint("id", name=op.f("uq_transit_gateway_associations_id")),
    )
    op.create_index(
        op.f("ix_transit_gateway_associations_account_region_row"),
        "transit_gateway_associations",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_associations_attachment_id"),
        "transit_gateway_associations",
        ["attachment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_associations_next_at"), "transit_gateway_associations", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_transit_gateway_associations_table_id"), "transit_gateway_associations", ["table_id"], unique=False
    )
    op.create_table(
        "transit_gateway_attachments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("transit_gateway_id", sa.String(length=40), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("resource_account", sa.String(length=12), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("peer_region", sa.String(length=32), nullable=True),
        sa.Column("peer_attachment_id", sa.String(length=40), nullable=True),
        sa.Column("requested_here", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_attachments")),
        sa.UniqueConstraint("id", "region", name=op.f("uq_transit_gateway_attachments_id_region")),
    )
    op.create_index(
        op.f("ix_transit_gateway_attachments_account_region_row"),
        "transit_gateway_attachments",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_attachments_next_at"), "transit_gateway_attachments", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_transit_gateway_attachments_peer_attachment_id"),
        "transit_gateway_attachments",
        ["peer_attachment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_attachments_resource_id"), "transit_gateway_attachments", ["resource_id"], unique=False
    )
    op.create_index(
        op.f("ix_transit_gateway_attachments_transit_gateway_id"),
        "transit_gateway_attachments",
        ["transit_gateway_id"],
        unique=False,
    )
    op.create_table(
        "transit_gateway_connect_peers",
        sa.Column("attachment_id", sa.String(length=40), nullable=False),
        sa.Column("transit_gateway_address", sa.String(), nullable=False),
        sa.Column("peer_address", sa.String(), nullable=False),
        sa.Column("inside_cidr_blocks", sa.JSON(), nullable=False),
        sa.Column("transit_gateway_asn", sa.BigInteger(), nullable=False),
        sa.Column("peer_asn", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_connect_peers")),
        sa.UniqueConstraint("id", name=op.f("uq_transit_gateway_connect_peers_id")),
    )
    op.create_index(
        op.f("ix_transit_gateway_connect_peers_account_region_row"),
        "transit_gateway_connect_peers",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_connect_peers_attachment_id"),
        "transit_gateway_connect_peers",
        ["attachment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_connect_peers_next_at"), "transit_gateway_connect_peers", ["next_at"], unique=False
    )
    op.create_table(
        "transit_gateway_multicast_domains",
        sa.Column("transit_gateway_id", sa.String(length=40), nullable=False),
        sa.Column("igmpv2_support", sa.String(), nullable=False),
        sa.Column("static_sources_support", sa.String(), nullable=False),
        sa.Column("auto_accept_shared_associations", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_multicast_domains")),
        sa.UniqueConstraint("id", name=op.f("uq_transit_gateway_multicast_domains_id")),
    )
    op.create_index(
        op.f("ix_transit_gateway_multicast_domains_account_region_row"),
        "transit_gateway_multicast_domains",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_multicast_domains_next_at"),
        "transit_gateway_multicast_domains",
        ["next_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_multicast_domains_transit_gateway_id"),
        "transit_gateway_multicast_domains",
        ["transit_gateway_id"],
        unique=False,
    )
    op.create_table(
        "transit_gateway_policy_tables",
        sa.Column("transit_gateway_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_policy_tables")),
        sa.UniqueConstraint("id", name=op.f("uq_transit_gateway_policy_tables_id")),
    )
    op.create_index(
        op.f("ix_transit_gateway_policy_tables_account_region_row"),
        "transit_gateway_policy_tables",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_policy_tables_next_at"), "transit_gateway_policy_tables", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_transit_gateway_policy_tables_transit_gateway_id"),
        "transit_gateway_policy_tables",
        ["transit_gateway_id"],
        unique=False,
    )
    op.create_table(
        "transit_gateway_prefix_list_references",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("table_id", sa.String(length=40), nullable=False),
        sa.Column("prefix_list_id", sa.String(length=40), nullable=False),
        sa.Column("prefix_list_owner", sa.String(), nullable=False),
        sa.Column("attachment_id", sa.String(length=40), nullable=True),
        sa.Column("blackhole", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=True),
        sa.Column("resource_id", sa.String(length=40), nullable=True),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_prefix_list_references")),
        sa.UniqueConstraint(
            "table_id", "prefix_list_id", name=op.f("uq_transit_gateway_prefix_list_references_table_id_prefix_list_id")
        ),
    )
    op.create_index(
        op.f("ix_transit_gateway_prefix_list_references_attachment_id"),
        "transit_gateway_prefix_list_references",
        ["attachment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_prefix_list_references_prefix_list_id"),
        "transit_gateway_prefix_list_references",
        ["prefix_list_id"],
        unique=False,
    )
    op.create_table(
        "transit_gateway_propagations",
        sa.Column("table_id", sa.String(length=40), nullable=False),
        sa.Column("attachment_id", sa.String(length=40), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_propagations")),
        sa.UniqueConstraint("id", name=op.f("uq_transit_gateway_propagations_id")),
    )
    op.create_index(
        op.f("ix_transit_gateway_propagations_account_region_row"),
        "transit_gateway_propagations",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_propagations_attachment_id"),
        "transit_gateway_propagations",
        ["attachment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_propagations_next_at"), "transit_gateway_propagations", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_transit_gateway_propagations_table_id"), "transit_gateway_propagations", ["table_id"], unique=False
    )
    op.create_table(
        "transit_gateway_route_tables",
        sa.Column("transit_gateway_id", sa.String(length=40), nullable=False),
        sa.Column("default_association", sa.Boolean(), nullable=False),
        sa.Column("default_propagation", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_route_tables")),
        sa.UniqueConstraint("id", name=op.f("uq_transit_gateway_route_tables_id")),
    )
    op.create_index(
        op.f("ix_transit_gateway_route_tables_account_region_row"),
        "transit_gateway_route_tables",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transit_gateway_route_tables_next_at"), "transit_gateway_route_tables", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_transit_gateway_route_tables_transit_gateway_id"),
        "transit_gateway_route_tables",
        ["transit_gateway_id"],
        unique=False,
    )
    op.create_table(
        "transit_gateway_routes",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("table_id", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("attachment_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_routes")),
        sa.UniqueConstraint("table_id", "destination", name=op.f("uq_transit_gateway_routes_table_id_destination")),
    )
    op.create_index(
        op.f("ix_transit_gateway_routes_attachment_id"), "transit_gateway_routes", ["attachment_id"], unique=False
    )
    op.create_table(
        "transit_gateway_subnets",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("attachment_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateway_subnets")),
    )
    op.create_index(
        op.f("ix_transit_gateway_subnets_attachment_id"), "transit_gateway_subnets", ["attachment_id"], unique=False
    )
    op.create_index(
        op.f("ix_transit_gateway_subnets_subnet_id"), "transit_gateway_subnets", ["subnet_id"], unique=False
    )
    op.create_table(
        "transit_gateways",
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("amazon_side_asn", sa.BigInteger(), nullable=False),
        sa.Column("cidr_blocks", sa.JSON(), nullable=False),
        sa.Column("auto_accept_shared_attachments", sa.String(), nullable=False),
        sa.Column("default_route_table_association", sa.String(), nullable=False),
        sa.Column("association_default_route_table_id", sa.String(length=40), nullable=True),
        sa.Column("default_route_table_propagation", sa.String(), nullable=False),
        sa.Column("propagation_default_route_table_id", sa.String(length=40), nullable=True),
        sa.Column("vpn_ecmp_support", sa.String(), nullable=False),
        sa.Column("dns_support", sa.String(), nullable=False),
        sa.Column("security_group_referencing_support", sa.String(), nullable=False),
        sa.Column("multicast_support", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_transit_gateways")),
        sa.UniqueConstraint("id", name=op.f("uq_transit_gateways_id")),
    )
    op.create_index(
        op.f("ix_transit_gateways_account_region_row"), "transit_gateways", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_transit_gateways_next_at"), "transit_gateways", ["next_at"], unique=False)
    op.create_table(
        "volume_attachments",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("volume_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attach_time", sa.DateTime(), nullable=False),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=False),
        sa.Column("card_index", sa.Integer(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_volume_attachments")),
        sa.UniqueConstraint("instance_id", "device", name=op.f("uq_volume_attachments_instance_id_device")),
    )
    op.create_index(op.f("ix_volume_attachments_instance_id"), "volume_attachments", ["instance_id"], unique=False)
    op.create_index(op.f("ix_volume_attachments_volume_id"), "volume_attachments", ["volume_id"], unique=False)
    op.create_table(
        "volume_modifications",
        sa.Column("volume_id", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.Column("original_size", sa.Integer(), nullable=False),
        sa.Column("original_volume_type", sa.String(), nullable=False),
        sa.Column("original_iops", sa.Integer(), nullable=True),
        sa.Column("original_throughput", sa.Integer(), nullable=True),
        sa.Column("original_multi_attach_enabled", sa.Boolean(), nullable=False),
        sa.Column("target_size", sa.Integer(), nullable=False),
        sa.Column("target_volume_type", sa.String(), nullable=False),
        sa.Column("target_iops", sa.Integer(), nullable=True),
        sa.Column("target_throughput", sa.Integer(), nullable=True),
        sa.Column("target_multi_attach_enabled", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_volume_modifications")),
        sa.UniqueConstraint("id", name=op.f("uq_volume_modifications_id")),
        sa.UniqueConstraint("volume_id", name=op.f("uq_volume_modifications_volume_id")),
    )
    op.create_index(
        op.f("ix_volume_modifications_account_region_row"),
        "volume_modifications",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_volume_modifications_next_at"), "volume_modifications", ["next_at"], unique=False)
    op.create_table(
        "volumes",
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("size_gib", sa.Integer(), nullable=False),
        sa.Column("volume_type", sa.String(), nullable=False),
        sa.Column("iops", sa.Integer(), nullable=True),
        sa.Column("throughput", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("snapshot_id", sa.String(), nullable=True),
        sa.Column("source_volume_id", sa.String(), nullable=True),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("kms_key_id", sa.String(), nullable=True),
        sa.Column("multi_attach_enabled", sa.Boolean(), nullable=False),
        sa.Column("volume_initialization_rate", sa.Integer(), nullable=True),
        sa.Column("fast_restored", sa.Boolean(), nullable=False),
        sa.Column("auto_enable_io", sa.Boolean(), nullable=False),
        sa.Column("io_disabled_at", sa.DateTime(), nullable=True),
        sa.Column("manifest_id", sa.String(length=40), nullable=True),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_volumes")),
        sa.UniqueConstraint("id", name=op.f("uq_volumes_id")),
    )
    op.create_index(op.f("ix_volumes_account_region_row"), "volumes", ["account", "region", "row"], unique=False)
    op.create_index(op.f("ix_volumes_host"), "volumes", ["host"], unique=False)
    op.create_index(op.f("ix_volumes_manifest_id"), "volumes", ["manifest_id"], unique=False)
    op.create_index(op.f("ix_volumes_next_at"), "volumes", ["next_at"], unique=False)
    op.create_table(
        "vpc_cidr_blocks",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("family", sa.Integer(), nullable=False),
        sa.Column("cidr_block", sa.String(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("network_border_group", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_vpc_cidr_blocks")),
        sa.UniqueConstraint("id", name=op.f("uq_vpc_cidr_blocks_id")),
    )
    op.create_index(
        op.f("ix_vpc_cidr_blocks_account_region_row"), "vpc_cidr_blocks", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_vpc_cidr_blocks_next_at"), "vpc_cidr_blocks", ["next_at"], unique=False)
    op.create_index(op.f("ix_vpc_cidr_blocks_vpc_id"), "vpc_cidr_blocks", ["vpc_id"], unique=False)
    op.create_index(
        "uq_vpc_cidr_blocks_ipv6",
        "vpc_cidr_blocks",
        ["cidr_block"],
        unique=True,
        sqlite_where=sa.text("family = 6"),
        postgresql_where=sa.text("family = 6"),
    )
    op.create_table(
        "vpc_endpoint_groups",
        sa.Column("vpc_endpoint_id", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("vpc_endpoint_id", "group_id", name=op.f("pk_vpc_endpoint_groups")),
    )
    op.create_index(op.f("ix_vpc_endpoint_groups_group_id"), "vpc_endpoint_groups", ["group_id"], unique=False)
    op.create_table(
        "vpc_endpoint_subnets",
        sa.Column("vpc_endpoint_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("network_interface_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("vpc_endpoint_id", "subnet_id", name=op.f("pk_vpc_endpoint_subnets")),
        sa.UniqueConstraint("network_interface_id", name=op.f("uq_vpc_endpoint_subnets_network_interface_id")),
    )
    op.create_table(
        "vpc_endpoints",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("endpoint_type", sa.String(), nullable=False),
        sa.Column("service_id", sa.String(length=40), nullable=False),
        sa.Column("service_name", sa.String(), nullable=False),
        sa.Column("service_account", sa.String(length=12), nullable=False),
        sa.Column("service_region", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=40), nullable=False),
        sa.Column("dns_label", sa.String(), nullable=False),
        sa.Column("policy_document", sa.String(), nullable=True),
        sa.Column("private_dns_enabled", sa.Boolean(), nullable=False),
        sa.Column("ip_address_type", sa.String(), nullable=False),
        sa.Column("dns_options", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_vpc_endpoints")),
        sa.UniqueConstraint("id", name=op.f("uq_vpc_endpoints_id")),
    )
    op.create_index(
        op.f("ix_vpc_endpoints_account_region_row"), "vpc_endpoints", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_vpc_endpoints_next_at"), "vpc_endpoints", ["next_at"], unique=False)
    op.create_index(op.f("ix_vpc_endpoints_service_id"), "vpc_endpoints", ["service_id"], unique=False)
    op.create_index(op.f("ix_vpc_endpoints_vpc_id"), "vpc_endpoints", ["vpc_id"], unique=False)
    op.create_table(
        "vpc_peering_connections",
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("peer_vpc_id", sa.String(length=40), nullable=False),
        sa.Column("peer_account", sa.String(length=12), nullable=False),
        sa.Column("peer_region", sa.String(length=32), nullable=False),
        sa.Column("status_message", sa.String(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("peer_options", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_vpc_peering_connections")),
        sa.UniqueConstraint("id", name=op.f("uq_vpc_peering_connections_id")),
    )
    op.create_index(
        op.f("ix_vpc_peering_connections_account_region_row"),
        "vpc_peering_connections",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_vpc_peering_connections_next_at"), "vpc_peering_connections", ["next_at"], unique=False)
    op.create_index(
        op.f("ix_vpc_peering_connections_peer_account"), "vpc_peering_connections", ["peer_account"], unique=False
    )
    op.create_index(
        op.f("ix_vpc_peering_connections_peer_vpc_id"), "vpc_peering_connections", ["peer_vpc_id"], unique=False
    )
    op.create_index(op.f("ix_vpc_peering_connections_vpc_id"), "vpc_peering_connections", ["vpc_id"], unique=False)
    op.create_table(
        "vpcs",
        sa.Column("cidr_block", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("instance_tenancy", sa.String(), nullable=False),
        sa.Column("dhcp_options_id", sa.String(), nullable=False),
        sa.Column("enable_dns_support", sa.Boolean(), nullable=False),
        sa.Column("enable_dns_hostnames", sa.Boolean(), nullable=False),
        sa.Column("enable_network_address_usage_metrics", sa.Boolean(), nullable=False),
        sa.Column("internet_gateway_block_mode", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_vpcs")),
        sa.UniqueConstraint("id", name=op.f("uq_vpcs_id")),
    )
    op.create_index(op.f("ix_vpcs_account_region_row"), "vpcs", ["account", "region", "row"], unique=False)
    op.create_table(
        "vpn_connections",
        sa.Column("customer_gateway_id", sa.String(length=40), nullable=False),
        sa.Column("vpn_gateway_id", sa.String(length=40), nullable=True),
        sa.Column("transit_gateway_id", sa.String(length=40), nullable=True),
        sa.Column("amazon_side_asn", sa.BigInteger(), nullable=False),
        sa.Column("static_routes_only", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("tunnels", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("configuration_digest", sa.String(length=64), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_vpn_connections")),
        sa.UniqueConstraint("id", name=op.f("uq_vpn_connections_id")),
    )
    op.create_index(
        op.f("ix_vpn_connections_account_region_row"), "vpn_connections", ["account", "region", "row"], unique=False
    )
    op.create_index(
        op.f("ix_vpn_connections_configuration_digest"), "vpn_connections", ["configuration_digest"], unique=False
    )
    op.create_index(
        op.f("ix_vpn_connections_customer_gateway_id"), "vpn_connections", ["customer_gateway_id"], unique=False
    )
    op.create_index(op.f("ix_vpn_connections_next_at"), "vpn_connections", ["next_at"], unique=False)
    op.create_index(
        op.f("ix_vpn_connections_transit_gateway_id"), "vpn_connections", ["transit_gateway_id"], unique=False
    )
    op.create_index(op.f("ix_vpn_connections_vpn_gateway_id"), "vpn_connections", ["vpn_gateway_id"], unique=False)
    op.create_table(
        "vpn_gateway_attachments",
        sa.Column("vpn_gateway_id", sa.String(length=40), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_vpn_gateway_attachments")),
        sa.UniqueConstraint("id", name=op.f("uq_vpn_gateway_attachments_id")),
    )
    op.create_index(
        op.f("ix_vpn_gateway_attachments_account_region_row"),
        "vpn_gateway_attachments",
        ["account", "region", "row"],
        unique=False,
    )
    op.create_index(op.f("ix_vpn_gateway_attachments_next_at"), "vpn_gateway_attachments", ["next_at"], unique=False)
    op.create_index(op.f("ix_vpn_gateway_attachments_vpc_id"), "vpn_gateway_attachments", ["vpc_id"], unique=False)
    op.create_index(
        op.f("ix_vpn_gateway_attachments_vpn_gateway_id"), "vpn_gateway_attachments", ["vpn_gateway_id"], unique=False
    )
    op.create_table(
        "vpn_gateways",
        sa.Column("amazon_side_asn", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("vpc_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_state", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_vpn_gateways")),
        sa.UniqueConstraint("id", name=op.f("uq_vpn_gateways_id")),
    )
    op.create_index(
        op.f("ix_vpn_gateways_account_region_row"), "vpn_gateways", ["account", "region", "row"], unique=False
    )
    op.create_index(op.f("ix_vpn_gateways_next_at"), "vpn_gateways", ["next_at"], unique=False)
    op.create_index(op.f("ix_vpn_gateways_vpc_id"), "vpn_gateways", ["vpc_id"], unique=False)
    op.create_table(
        "vpn_static_routes",
        sa.Column("row", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("vpn_connection_id", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_vpn_static_routes")),
        sa.UniqueConstraint(
            "vpn_connection_id", "destination", name=op.f("uq_vpn_static_routes_vpn_connection_id_destination")
        ),
    )
    op.create_table(
        "zones",
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("zone_type", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("group_long_name", sa.String(), nullable=False),
        sa.Column("network_border_group", sa.String(), nullable=False),
        sa.Column("geography", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_zones")),
        sa.UniqueConstraint("name", name=op.f("uq_zones_name")),
    )
    op.create_index(op.f("ix_zones_region"), "zones", ["region"], unique=False)
    op.create_table(
        "access_keys",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("arn", sa.String(length=2048), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("used_service", sa.String(length=64), nullable=True),
        sa.Column("used_region", sa.String(length=32), nullable=True),
        sa.Column("session", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_access_keys_account_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_keys")),
    )
    op.create_index(op.f("ix_access_keys_account"), "access_keys", ["account"], unique=False)
    op.create_index(op.f("ix_access_keys_expires"), "access_keys", ["expires"], unique=False)
    op.create_table(
        "bucket_configurations",
        sa.Column("bucket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("changed", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bucket"], ["buckets.row"], name=op.f("fk_bucket_configurations_bucket_buckets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bucket", "kind", "id", name=op.f("pk_bucket_configurations")),
    )
    op.create_index(op.f("ix_bucket_configurations_kind"), "bucket_configurations", ["kind"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("bucket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("initiated", sa.DateTime(), nullable=False),
        sa.Column("initiator", sa.String(length=2048), nullable=False),
        sa.Column("encryption", sa.JSON(), nullable=True),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("user_metadata", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("acl", sa.JSON(), nullable=True),
        sa.Column("storage_class", sa.String(length=32), nullable=False),
        sa.Column("checksum_algorithm", sa.String(length=16), nullable=True),
        sa.Column("checksum_type", sa.String(length=16), nullable=True),
        sa.Column("lock_mode", sa.String(length=16), nullable=True),
        sa.Column("lock_until", sa.DateTime(), nullable=True),
        sa.Column("legal_hold", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["bucket"], ["buckets.row"], name=op.f("fk_uploads_bucket_buckets")),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_uploads")),
        sa.UniqueConstraint("id", name=op.f("uq_uploads_id")),
    )
    op.create_index(op.f("ix_uploads_bucket_key_row"), "uploads", ["bucket", "key", "row"], unique=False)
    op.create_index(
        "ix_uploads_open",
        "uploads",
        ["bucket", "key", "row"],
        unique=False,
        sqlite_where=sa.text("NOT completed"),
        postgresql_where=sa.text("NOT completed"),
    )
    op.create_table(
        "object_versions",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("bucket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("version_id", sa.String(length=64), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("delete_marker", sa.Boolean(), nullable=False),
        sa.Column("modified", sa.DateTime(), nullable=False),
        sa.Column("noncurrent_since", sa.DateTime(), nullable=True),
        sa.Column("etag", sa.String(length=80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("blob", sa.String(length=32), nullable=True),
        sa.Column("upload", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("checksum", sa.String(length=128), nullable=True),
        sa.Column("sealed", sa.JSON(), nullable=True),
        sa.Column("replication_status", sa.String(length=16), nullable=True),
        sa.Column("restored_until", sa.DateTime(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("user_metadata", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("acl", sa.JSON(), nullable=True),
        sa.Column("storage_class", sa.String(length=32), nullable=False),
        sa.Column("checksum_algorithm", sa.String(length=16), nullable=True),
        sa.Column("checksum_type", sa.String(length=16), nullable=True),
        sa.Column("lock_mode", sa.String(length=16), nullable=True),
        sa.Column("lock_until", sa.DateTime(), nullable=True),
        sa.Column("legal_hold", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["bucket"], ["buckets.row"], name=op.f("fk_object_versions_bucket_buckets")),
        sa.ForeignKeyConstraint(["upload"], ["uploads.row"], name=op.f("fk_object_versions_upload_uploads")),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_object_versions")),
    )
    op.create_index(op.f("ix_object_versions_blob"), "object_versions", ["blob"], unique=False)
    op.create_index(
        op.f("ix_object_versions_bucket_key_row"), "object_versions", ["bucket", "key", "row"], unique=False
    )
    op.create_index(
        op.f("ix_object_versions_bucket_key_version_id"),
        "object_versions",
        ["bucket", "key", "version_id"],
        unique=True,
    )
    op.create_index(
        "ix_object_versions_latest",
        "object_versions",
        ["bucket", "key"],
        unique=True,
        sqlite_where=sa.text("latest"),
        postgresql_where=sa.text("latest"),
    )
    op.create_index(
        "ix_object_versions_listed",
        "object_versions",
        ["bucket", "key"],
        unique=False,
        sqlite_where=sa.text("latest AND NOT delete_marker"),
        postgresql_where=sa.text("latest AND NOT delete_marker"),
    )
    op.create_index(
        "ix_object_versions_to_replicate",
        "object_versions",
        ["row"],
        unique=False,
        sqlite_where=sa.text("replication_status = 'PENDING'"),
        postgresql_where=sa.text("replication_status = 'PENDING'"),
    )
    op.create_index(op.f("ix_object_versions_upload"), "object_versions", ["upload"], unique=False)
    op.create_table(
        "parts",
        sa.Column("upload", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.String(length=80), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=False),
        sa.Column("modified", sa.DateTime(), nullable=False),
        sa.Column("blob", sa.String(length=32), nullable=False),
        sa.Column("checksum", sa.String(length=128), nullable=True),
        sa.Column("sealed", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["upload"], ["uploads.row"], name=op.f("fk_parts_upload_uploads")),
        sa.PrimaryKeyConstraint("upload", "number", name=op.f("pk_parts")),
    )
    op.create_index(op.f("ix_parts_blob"), "parts", ["blob"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_parts_blob"), table_name="parts")
    op.drop_table("parts")
    op.drop_index(op.f("ix_object_versions_upload"), table_name="object_versions")
    op.drop_index(
        "ix_object_versions_to_replicate",
        table_name="object_versions",
        sqlite_where=sa.text("replication_status = 'PENDING'"),
        postgresql_where=sa.text("replication_status = 'PENDING'"),
    )
    op.drop_index(
        "ix_object_versions_listed",
        table_name="object_versions",
        sqlite_where=sa.text("latest AND NOT delete_marker"),
        postgresql_where=sa.text("latest AND NOT delete_marker"),
    )
    op.drop_index(
        "ix_object_versions_latest",
        table_name="object_versions",
        sqlite_where=sa.text("latest"),
        postgresql_where=sa.text("latest"),
    )
    op.drop_index(op.f("ix_object_versions_bucket_key_version_id"), table_name="object_versions")
    op.drop_index(op.f("ix_object_versions_bucket_key_row"), table_name="object_versions")
    op.drop_index(op.f("ix_object_versions_blob"), table_name="object_versions")
    op.drop_table("object_versions")
    op.drop_index(
        "ix_uploads_open",
        table_name="uploads",
        sqlite_where=sa.text("NOT completed"),
        postgresql_where=sa.text("NOT completed"),
    )
    op.drop_index(op.f("ix_uploads_bucket_key_row"), table_name="uploads")
    op.drop_table("uploads")
    op.drop_index(op.f("ix_bucket_configurations_kind"), table_name="bucket_configurations")
    op.drop_table("bucket_configurations")
    op.drop_index(op.f("ix_access_keys_expires"), table_name="access_keys")
    op.drop_index(op.f("ix_access_keys_account"), table_name="access_keys")
    op.drop_table("access_keys")
    op.drop_index(op.f("ix_zones_region"), table_name="zones")
    op.drop_table("zones")
    op.drop_table("vpn_static_routes")
    op.drop_index(op.f("ix_vpn_gateways_vpc_id"), table_name="vpn_gateways")
    op.drop_index(op.f("ix_vpn_gateways_next_at"), table_name="vpn_gateways")
    op.drop_index(op.f("ix_vpn_gateways_account_region_row"), table_name="vpn_gateways")
    op.drop_table("vpn_gateways")
    op.drop_index(op.f("ix_vpn_gateway_attachments_vpn_gateway_id"), table_name="vpn_gateway_attachments")
    op.drop_index(op.f("ix_vpn_gateway_attachments_vpc_id"), table_name="vpn_gateway_attachments")
    op.drop_index(op.f("ix_vpn_gateway_attachments_next_at"), table_name="vpn_gateway_attachments")
    op.drop_index(op.f("ix_vpn_gateway_attachments_account_region_row"), table_name="vpn_gateway_attachments")
    op.drop_table("vpn_gateway_attachments")
    op.drop_index(op.f("ix_vpn_connections_vpn_gateway_id"), table_name="vpn_connections")
    op.drop_index(op.f("ix_vpn_connections_transit_gateway_id"), table_name="vpn_connections")
    op.drop_index(op.f("ix_vpn_connections_next_at"), table_name="vpn_connections")
    op.drop_index(op.f("ix_vpn_connections_customer_gateway_id"), table_name="vpn_connections")
    op.drop_index(op.f("ix_vpn_connections_configuration_digest"), table_name="vpn_connections")
    op.drop_index(op.f("ix_vpn_connections_account_region_row"), table_name="vpn_connections")
    op.drop_table("vpn_connections")
    op.drop_index(op.f("ix_vpcs_account_region_row"), table_name="vpcs")
    op.drop_table("vpcs")
    op.drop_index(op.f("ix_vpc_peering_connections_vpc_id"), table_name="vpc_peering_connections")
    op.drop_index(op.f("ix_vpc_peering_connections_peer_vpc_id"), table_name="vpc_peering_connections")
    op.drop_index(op.f("ix_vpc_peering_connections_peer_account"), table_name="vpc_peering_connections")
    op.drop_index(op.f("ix_vpc_peering_connections_next_at"), table_name="vpc_peering_connections")
    op.drop_index(op.f("ix_vpc_peering_connections_account_region_row"), table_name="vpc_peering_connections")
    op.drop_table("vpc_peering_connections")
    op.drop_index(op.f("ix_vpc_endpoints_vpc_id"), table_name="vpc_endpoints")
    op.drop_index(op.f("ix_vpc_endpoints_service_id"), table_name="vpc_endpoints")
    op.drop_index(op.f("ix_vpc_endpoints_next_at"), table_name="vpc_endpoints")
    op.drop_index(op.f("ix_vpc_endpoints_account_region_row"), table_name="vpc_endpoints")
    op.drop_table("vpc_endpoints")
    op.drop_table("vpc_endpoint_subnets")
    op.drop_index(op.f("ix_vpc_endpoint_groups_group_id"), table_name="vpc_endpoint_groups")
    op.drop_table("vpc_endpoint_groups")
    op.drop_index(
        "uq_vpc_cidr_blocks_ipv6",
        table_name="vpc_cidr_blocks",
        sqlite_where=sa.text("family = 6"),
        postgresql_where=sa.text("family = 6"),
    )
    op.drop_index(op.f("ix_vpc_cidr_blocks_vpc_id"), table_name="vpc_cidr_blocks")
    op.drop_index(op.f("ix_vpc_cidr_blocks_next_at"), table_name="vpc_cidr_blocks")
    op.drop_index(op.f("ix_vpc_cidr_blocks_account_region_row"), table_name="vpc_cidr_blocks")
    op.drop_table("vpc_cidr_blocks")
    op.drop_index(op.f("ix_volumes_next_at"), table_name="volumes")
    op.drop_index(op.f("ix_volumes_manifest_id"), table_name="volumes")
    op.drop_index(op.f("ix_volumes_host"), table_name="volumes")
    op.drop_index(op.f("ix_volumes_account_region_row"), table_name="volumes")
    op.drop_table("volumes")
    op.drop_index(op.f("ix_volume_modifications_next_at"), table_name="volume_modifications")
    op.drop_index(op.f("ix_volume_modifications_account_region_row"), table_name="volume_modifications")
    op.drop_table("volume_modifications")
    op.drop_index(op.f("ix_volume_attachments_volume_id"), table_name="volume_attachments")
    op.drop_index(op.f("ix_volume_attachments_instance_id"), table_name="volume_attachments")
    op.drop_table("volume_attachments")
    op.drop_index(op.f("ix_transit_gateways_next_at"), table_name="transit_gateways")
    op.drop_index(op.f("ix_transit_gateways_account_region_row"), table_name="transit_gateways")
    op.drop_table("transit_gateways")
    op.drop_index(op.f("ix_transit_gateway_subnets_subnet_id"), table_name="transit_gateway_subnets")
    op.drop_index(op.f("ix_transit_gateway_subnets_attachment_id"), table_name="transit_gateway_subnets")
    op.drop_table("transit_gateway_subnets")
    op.drop_index(op.f("ix_transit_gateway_routes_attachment_id"), table_name="transit_gateway_routes")
    op.drop_table("transit_gateway_routes")
    op.drop_index(op.f("ix_transit_gateway_route_tables_transit_gateway_id"), table_name="transit_gateway_route_tables")
    op.drop_index(op.f("ix_transit_gateway_route_tables_next_at"), table_name="transit_gateway_route_tables")
    op.drop_index(op.f("ix_transit_gateway_route_tables_account_region_row"), table_name="transit_gateway_route_tables")
    op.drop_table("transit_gateway_route_tables")
    op.drop_index(op.f("ix_transit_gateway_propagations_table_id"), table_name="transit_gateway_propagations")
    op.drop_index(op.f("ix_transit_gateway_propagations_next_at"), table_name="transit_gateway_propagations")
    op.drop_index(op.f("ix_transit_gateway_propagations_attachment_id"), table_name="transit_gateway_propagations")
    op.drop_index(op.f("ix_transit_gateway_propagations_account_region_row"), table_name="transit_gateway_propagations")
    op.drop_table("transit_gateway_propagations")
    op.drop_index(
        op.f("ix_transit_gateway_prefix_list_references_prefix_list_id"),
        table_name="transit_gateway_prefix_list_references",
    )
    op.drop_index(
        op.f("ix_transit_gateway_prefix_list_references_attachment_id"),
        table_name="transit_gateway_prefix_list_references",
    )
    op.drop_table("transit_gateway_prefix_list_references")
    op.drop_index(
        op.f("ix_transit_gateway_policy_tables_transit_gateway_id"), table_name="transit_gateway_policy_tables"
    )
    op.drop_index(op.f("ix_transit_gateway_policy_tables_next_at"), table_name="transit_gateway_policy_tables")
    op.drop_index(
        op.f("ix_transit_gateway_policy_tables_account_region_row"), table_name="transit_gateway_policy_tables"
    )
    op.drop_table("transit_gateway_policy_tables")
    op.drop_index(
        op.f("ix_transit_gateway_multicast_domains_transit_gateway_id"), table_name="transit_gateway_multicast_domains"
    )
    op.drop_index(op.f("ix_transit_gateway_multicast_domains_next_at"), table_name="transit_gateway_multicast_domains")
    op.drop_index(
        op.f("ix_transit_gateway_multicast_domains_account_region_row"), table_name="transit_gateway_multicast_domains"
    )
    op.drop_table("transit_gateway_multicast_domains")
    op.drop_index(op.f("ix_transit_gateway_connect_peers_next_at"), table_name="transit_gateway_connect_peers")
    op.drop_index(op.f("ix_transit_gateway_connect_peers_attachment_id"), table_name="transit_gateway_connect_peers")
    op.drop_index(
        op.f("ix_transit_gateway_connect_peers_account_region_row"), table_name="transit_gateway_connect_peers"
    )
    op.drop_table("transit_gateway_connect_peers")
    op.drop_index(op.f("ix_transit_gateway_attachments_transit_gateway_id"), table_name="transit_gateway_attachments")
    op.drop_index(op.f("ix_transit_gateway_attachments_resource_id"), table_name="transit_gateway_attachments")
    op.drop_index(op.f("ix_transit_gateway_attachments_peer_attachment_id"), table_name="transit_gateway_attachments")
    op.drop_index(op.f("ix_transit_gateway_attachments_next_at"), table_name="transit_gateway_attachments")
    op.drop_index(op.f("ix_transit_gateway_attachments_account_region_row"), table_name="transit_gateway_attachments")
    op.drop_table("transit_gateway_attachments")
    op.drop_index(op.f("ix_transit_gateway_associations_table_id"), table_name="transit_gateway_associations")
    op.drop_index(op.f("ix_transit_gateway_associations_next_at"), table_name="transit_gateway_associations")
    op.drop_index(op.f("ix_transit_gateway_associations_attachment_id"), table_name="transit_gateway_associations")
    op.drop_index(op.f("ix_transit_gateway_associations_account_region_row"), table_name="transit_gateway_associations")
    op.drop_table("transit_gateway_associations")
    op.drop_index(op.f("ix_traffic_mirror_targets_network_interface_id"), table_name="traffic_mirror_targets")
    op.drop_index(op.f("ix_traffic_mirror_targets_endpoint_id"), table_name="traffic_mirror_targets")
    op.drop_index(op.f("ix_traffic_mirror_targets_account_region_row"), table_name="traffic_mirror_targets")
    op.drop_table("traffic_mirror_targets")
    op.drop_index(op.f("ix_traffic_mirror_filters_account_region_row"), table_name="traffic_mirror_filters")
    op.drop_table("traffic_mirror_filters")
    op.drop_index(op.f("ix_traffic_mirror_filter_rules_account_region_row"), table_name="traffic_mirror_filter_rules")
    op.drop_table("traffic_mirror_filter_rules")
    op.drop_index(op.f("ix_tags_account_region_key_value_resource_id"), table_name="tags")
    op.drop_table("tags")
    op.drop_index(op.f("ix_subnets_vpc_id"), table_name="subnets")
    op.drop_index(op.f("ix_subnets_account_region_row"), table_name="subnets")
    op.drop_table("subnets")
    op.drop_index(op.f("ix_subnet_cidr_reservations_subnet_id"), table_name="subnet_cidr_reservations")
    op.drop_index(op.f("ix_subnet_cidr_reservations_account_region_row"), table_name="subnet_cidr_reservations")
    op.drop_table("subnet_cidr_reservations")
    op.drop_index(op.f("ix_subnet_cidr_blocks_vpc_id"), table_name="subnet_cidr_blocks")
    op.drop_index(op.f("ix_subnet_cidr_blocks_subnet_id"), table_name="subnet_cidr_blocks")
    op.drop_index(op.f("ix_subnet_cidr_blocks_next_at"), table_name="subnet_cidr_blocks")
    op.drop_index(op.f("ix_subnet_cidr_blocks_account_region_row"), table_name="subnet_cidr_blocks")
    op.drop_table("subnet_cidr_blocks")
    op.drop_index(op.f("ix_stored_blocks_touched_at"), table_name="stored_blocks")
    op.drop_table("stored_blocks")
    op.drop_index(op.f("ix_store_image_tasks_state"), table_name="store_image_tasks")
    op.drop_index(op.f("ix_store_image_tasks_next_at"), table_name="store_image_tasks")
    op.drop_index(op.f("ix_store_image_tasks_image_id"), table_name="store_image_tasks")
    op.drop_index(op.f("ix_store_image_tasks_account_region_row"), table_name="store_image_tasks")
    op.drop_table("store_image_tasks")
    op.drop_table("ssm_parameters")
    op.drop_table("ssm_parameter_versions")
    op.drop_index(op.f("ix_ssm_parameter_tags_account_region_key_value"), table_name="ssm_parameter_tags")
    op.drop_table("ssm_parameter_tags")
    op.drop_index(op.f("ix_spot_request_facts_request_id"), table_name="spot_request_facts")
    op.drop_table("spot_request_facts")
    op.drop_index(op.f("ix_spot_instance_requests_next_at"), table_name="spot_instance_requests")
    op.drop_index(op.f("ix_spot_instance_requests_instance_id"), table_name="spot_instance_requests")
    op.drop_index(op.f("ix_spot_instance_requests_evaluate_at"), table_name="spot_instance_requests")
    op.drop_index(op.f("ix_spot_instance_requests_account_region_row"), table_name="spot_instance_requests")
    op.drop_table("spot_instance_requests")
    op.drop_index(op.f("ix_spot_fleet_requests_next_at"), table_name="spot_fleet_requests")
    op.drop_index(op.f("ix_spot_fleet_requests_evaluate_at"), table_name="spot_fleet_requests")
    op.drop_index(op.f("ix_spot_fleet_requests_account_region_row"), table_name="spot_fleet_requests")
    op.drop_table("spot_fleet_requests")
    op.drop_index(op.f("ix_snapshots_next_at"), table_name="snapshots")
    op.drop_index(op.f("ix_snapshots_manifest_id"), table_name="snapshots")
    op.drop_index(op.f("ix_snapshots_account_region_row"), table_name="snapshots")
    op.drop_table("snapshots")
    op.drop_index(op.f("ix_snapshot_tierings_next_at"), table_name="snapshot_tierings")
    op.drop_index(op.f("ix_snapshot_tierings_account_region_row"), table_name="snapshot_tierings")
    op.drop_table("snapshot_tierings")
    op.drop_table("snapshot_locks")
    op.drop_index(op.f("ix_security_groups_vpc_id"), table_name="security_groups")
    op.drop_index(op.f("ix_security_groups_account_region_row"), table_name="security_groups")
    op.drop_table("security_groups")
    op.drop_index(op.f("ix_security_group_vpc_associations_vpc_id"), table_name="security_group_vpc_associations")
    op.drop_index(op.f("ix_security_group_vpc_associations_next_at"), table_name="security_group_vpc_associations")
    op.drop_index(
        op.f("ix_security_group_vpc_associations_account_region_row"), table_name="security_group_vpc_associations"
    )
    op.drop_table("security_group_vpc_associations")
    op.drop_index(op.f("ix_security_group_rules_referenced_group_id"), table_name="security_group_rules")
    op.drop_index(op.f("ix_security_group_rules_group_id"), table_name="security_group_rules")
    op.drop_index(op.f("ix_security_group_rules_account_region_row"), table_name="security_group_rules")
    op.drop_table("security_group_rules")
    op.drop_index(op.f("ix_s3_notifications_due"), table_name="s3_notifications")
    op.drop_table("s3_notifications")
    op.drop_index(op.f("ix_routes_target"), table_name="routes")
    op.drop_index(op.f("ix_routes_route_table_id"), table_name="routes")
    op.drop_table("routes")
    op.drop_index(op.f("ix_route_tables_vpc_id"), table_name="route_tables")
    op.drop_index(op.f("ix_route_tables_account_region_row"), table_name="route_tables")
    op.drop_table("route_tables")
    op.drop_index(op.f("ix_route_table_associations_subnet_id"), table_name="route_table_associations")
    op.drop_index(op.f("ix_route_table_associations_route_table_id"), table_name="route_table_associations")
    op.drop_index(op.f("ix_route_table_associations_gateway_id"), table_name="route_table_associations")
    op.drop_table("route_table_associations")
    op.drop_index(op.f("ix_route_propagations_gateway_id"), table_name="route_propagations")
    op.drop_table("route_propagations")
    op.drop_index(op.f("ix_restore_image_tasks_state"), table_name="restore_image_tasks")
    op.drop_index(op.f("ix_restore_image_tasks_next_at"), table_name="restore_image_tasks")
    op.drop_index(op.f("ix_restore_image_tasks_image_id"), table_name="restore_image_tasks")
    op.drop_index(op.f("ix_restore_image_tasks_account_region_row"), table_name="restore_image_tasks")
    op.drop_table("restore_image_tasks")
    op.drop_table("reserved_rooms")
    op.drop_index(op.f("ix_replace_root_volume_tasks_next_at"), table_name="replace_root_volume_tasks")
    op.drop_index(op.f("ix_replace_root_volume_tasks_instance_id_state"), table_name="replace_root_volume_tasks")
    op.drop_index(op.f("ix_replace_root_volume_tasks_account_region_row"), table_name="replace_root_volume_tasks")
    op.drop_table("replace_root_volume_tasks")
    op.drop_table("released_addresses")
    op.drop_table("regions")
    op.drop_table("region_setups")
    op.drop_index(op.f("ix_public_addresses_network_interface_id"), table_name="public_addresses")
    op.drop_table("public_addresses")
    op.drop_index(op.f("ix_public_access_exclusions_vpc_id"), table_name="public_access_exclusions")
    op.drop_index(op.f("ix_public_access_exclusions_subnet_id"), table_name="public_access_exclusions")
    op.drop_index(op.f("ix_public_access_exclusions_next_at"), table_name="public_access_exclusions")
    op.drop_index(op.f("ix_public_access_exclusions_account_region_row"), table_name="public_access_exclusions")
    op.drop_table("public_access_exclusions")
    op.drop_table("public_access_blocks")
    op.drop_index(op.f("ix_private_addresses_public_ip"), table_name="private_addresses")
    op.drop_index(op.f("ix_private_addresses_network_interface_id"), table_name="private_addresses")
    op.drop_index(op.f("ix_private_addresses_association_id"), table_name="private_addresses")
    op.drop_index(op.f("ix_private_addresses_allocation_id"), table_name="private_addresses")
    op.drop_table("private_addresses")
    op.drop_index(op.f("ix_prefix_lists_next_at"), table_name="prefix_lists")
    op.drop_index(op.f("ix_prefix_lists_account_region_row"), table_name="prefix_lists")
    op.drop_table("prefix_lists")
    op.drop_index(op.f("ix_prefix_list_entries_prefix_list_id"), table_name="prefix_list_entries")
    op.drop_table("prefix_list_entries")
    op.drop_index(op.f("ix_policy_table_entries_target_route_table_id"), table_name="policy_table_entries")
    op.drop_table("policy_table_entries")
    op.drop_index(op.f("ix_placement_groups_account_region_row"), table_name="placement_groups")
    op.drop_table("placement_groups")
    op.drop_index(op.f("ix_offering_locations_region_location_type"), table_name="offering_locations")
    op.drop_table("offering_locations")
    op.drop_table("offered_types")
    op.drop_index(op.f("ix_network_interfaces_vpc_id"), table_name="network_interfaces")
    op.drop_index(op.f("ix_network_interfaces_subnet_id"), table_name="network_interfaces")
    op.drop_index(op.f("ix_network_interfaces_instance_id"), table_name="network_interfaces")
    op.drop_index(op.f("ix_network_interfaces_attachment_id"), table_name="network_interfaces")
    op.drop_index(op.f("ix_network_interfaces_account_region_row"), table_name="network_interfaces")
    op.drop_table("network_interfaces")
    op.drop_index(
        op.f("ix_network_interface_permissions_network_interface_id"), table_name="network_interface_permissions"
    )
    op.drop_index(
        op.f("ix_network_interface_permissions_account_region_row"), table_name="network_interface_permissions"
    )
    op.drop_table("network_interface_permissions")
    op.drop_index(op.f("ix_network_acls_vpc_id"), table_name="network_acls")
    op.drop_index(op.f("ix_network_acls_account_region_row"), table_name="network_acls")
    op.drop_table("network_acls")
    op.drop_table("network_acl_entries")
    op.drop_index(op.f("ix_network_acl_associations_network_acl_id"), table_name="network_acl_associations")
    op.drop_table("network_acl_associations")
    op.drop_index(op.f("ix_nat_gateways_vpc_id"), table_name="nat_gateways")
    op.drop_index(op.f("ix_nat_gateways_subnet_id"), table_name="nat_gateways")
    op.drop_index(op.f("ix_nat_gateways_next_at"), table_name="nat_gateways")
    op.drop_index(op.f("ix_nat_gateways_network_interface_id"), table_name="nat_gateways")
    op.drop_index(op.f("ix_nat_gateways_account_region_row"), table_name="nat_gateways")
    op.drop_table("nat_gateways")
    op.drop_index(op.f("ix_nat_gateway_addresses_nat_gateway_id"), table_name="nat_gateway_addresses")
    op.drop_table("nat_gateway_addresses")
    op.drop_index(op.f("ix_multicast_group_interfaces_network_interface_id"), table_name="multicast_group_interfaces")
    op.drop_index(op.f("ix_multicast_group_interfaces_domain_id"), table_name="multicast_group_interfaces")
    op.drop_table("multicast_group_interfaces")
    op.drop_index(op.f("ix_multicast_domain_associations_subnet_id"), table_name="multicast_domain_associations")
    op.drop_index(op.f("ix_multicast_domain_associations_next_at"), table_name="multicast_domain_associations")
    op.drop_index(op.f("ix_multicast_domain_associations_domain_id"), table_name="multicast_domain_associations")
    op.drop_index(op.f("ix_multicast_domain_associations_attachment_id"), table_name="multicast_domain_associations")
    op.drop_index(
        op.f("ix_multicast_domain_associations_account_region_row"), table_name="multicast_domain_associations"
    )
    op.drop_table("multicast_domain_associations")
    op.drop_index(op.f("ix_manifest_blocks_checksum"), table_name="manifest_blocks")
    op.drop_table("manifest_blocks")
    op.drop_index(op.f("ix_launch_templates_account_region_row"), table_name="launch_templates")
    op.drop_table("launch_templates")
    op.drop_index(op.f("ix_launch_template_versions_account_region_row"), table_name="launch_template_versions")
    op.drop_table("launch_template_versions")
    op.drop_index(op.f("ix_launch_permissions_kind_value_image_id"), table_name="launch_permissions")
    op.drop_table("launch_permissions")
    op.drop_index(op.f("ix_key_pairs_account_region_row"), table_name="key_pairs")
    op.drop_table("key_pairs")
    op.drop_index(op.f("ix_internet_gateways_vpc_id"), table_name="internet_gateways")
    op.drop_index(op.f("ix_internet_gateways_account_region_row"), table_name="internet_gateways")
    op.drop_table("internet_gateways")
    op.drop_index(op.f("ix_interface_ranges_text"), table_name="interface_ranges")
    op.drop_index(op.f("ix_interface_ranges_network_interface_id"), table_name="interface_ranges")
    op.drop_table("interface_ranges")
    op.drop_index(op.f("ix_interface_groups_group_id"), table_name="interface_groups")
    op.drop_table("interface_groups")
    op.drop_index(op.f("ix_instances_vpc_id"), table_name="instances")
    op.drop_index(
        "ix_instances_terminated",
        table_name="instances",
        sqlite_where=sa.text("terminated_at IS NOT NULL"),
        postgresql_where=sa.text("terminated_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_instances_subnet_id"), table_name="instances")
    op.drop_index(op.f("ix_instances_reservation_id"), table_name="instances")
    op.drop_index(op.f("ix_instances_placement_group_id"), table_name="instances")
    op.drop_index(
        "ix_instances_lagging",
        table_name="instances",
        sqlite_where=sa.text("observed_generation < generation OR state IN ('pending', 'stopping')"),
        postgresql_where=sa.text("observed_generation < generation OR state IN ('pending', 'stopping')"),
    )
    op.drop_index(op.f("ix_instances_host_resource_id"), table_name="instances")
    op.drop_index(op.f("ix_instances_host"), table_name="instances")
    op.drop_index(op.f("ix_instances_capacity_reservation_id"), table_name="instances")
    op.drop_index(op.f("ix_instances_account_region_state"), table_name="instances")
    op.drop_index(op.f("ix_instances_account_region_row"), table_name="instances")
    op.drop_table("instances")
    op.drop_table("instance_types")
    op.drop_table("instance_type_attributes")
    op.drop_index(op.f("ix_instance_event_windows_next_at"), table_name="instance_event_windows")
    op.drop_index(op.f("ix_instance_event_windows_account_region_row"), table_name="instance_event_windows")
    op.drop_table("instance_event_windows")
    op.drop_index(op.f("ix_instance_connect_endpoints_vpc_id"), table_name="instance_connect_endpoints")
    op.drop_index(op.f("ix_instance_connect_endpoints_subnet_id"), table_name="instance_connect_endpoints")
    op.drop_index(op.f("ix_instance_connect_endpoints_next_at"), table_name="instance_connect_endpoints")
    op.drop_index(op.f("ix_instance_connect_endpoints_account_region_row"), table_name="instance_connect_endpoints")
    op.drop_table("instance_connect_endpoints")
    op.drop_index(op.f("ix_import_snapshot_tasks_state"), table_name="import_snapshot_tasks")
    op.drop_index(op.f("ix_import_snapshot_tasks_next_at"), table_name="import_snapshot_tasks")
    op.drop_index(op.f("ix_import_snapshot_tasks_account_region_row"), table_name="import_snapshot_tasks")
    op.drop_table("import_snapshot_tasks")
    op.drop_index(op.f("ix_import_image_tasks_state"), table_name="import_image_tasks")
    op.drop_index(op.f("ix_import_image_tasks_next_at"), table_name="import_image_tasks")
    op.drop_index(op.f("ix_import_image_tasks_account_region_row"), table_name="import_image_tasks")
    op.drop_table("import_image_tasks")
    op.drop_index(op.f("ix_images_region_public_name"), table_name="images")
    op.drop_index(op.f("ix_images_next_at"), table_name="images")
    op.drop_index(op.f("ix_images_account_region_row"), table_name="images")
    op.drop_table("images")
    op.drop_table("image_ssm_parameters")
    op.drop_table("image_settings")
    op.drop_index(op.f("ix_image_block_devices_snapshot_id"), table_name="image_block_devices")
    op.drop_index(op.f("ix_image_block_devices_image_id"), table_name="image_block_devices")
    op.drop_table("image_block_devices")
    op.drop_index(op.f("ix_iam_users_boundary_arn"), table_name="iam_users")
    op.drop_table("iam_users")
    op.drop_table("iam_tags")
    op.drop_index(op.f("ix_iam_roles_boundary_arn"), table_name="iam_roles")
    op.drop_table("iam_roles")
    op.drop_table("iam_role_deletions")
    op.drop_table("iam_policy_versions")
    op.drop_table("iam_policies")
    op.drop_index(op.f("ix_iam_instance_profiles_role_id"), table_name="iam_instance_profiles")
    op.drop_table("iam_instance_profiles")
    op.drop_index(op.f("ix_iam_instance_profile_associations_next_at"), table_name="iam_instance_profile_associations")
    op.drop_index(
        op.f("ix_iam_instance_profile_associations_instance_id"), table_name="iam_instance_profile_associations"
    )
    op.drop_index(
        op.f("ix_iam_instance_profile_associations_account_region_row"), table_name="iam_instance_profile_associations"
    )
    op.drop_table("iam_instance_profile_associations")
    op.drop_table("iam_inline_policies")
    op.drop_table("iam_groups")
    op.drop_index(op.f("ix_iam_group_members_user_id"), table_name="iam_group_members")
    op.drop_table("iam_group_members")
    op.drop_index(op.f("ix_iam_attached_policies_account_policy_id"), table_name="iam_attached_policies")
    op.drop_table("iam_attached_policies")
    op.drop_table("iam_account_aliases")
    op.drop_index(op.f("ix_hosts_region_zone_free_vcpus"), table_name="hosts")
    op.drop_table("hosts")
    op.drop_index(op.f("ix_flow_logs_resource_id"), table_name="flow_logs")
    op.drop_index(op.f("ix_flow_logs_account_region_row"), table_name="flow_logs")
    op.drop_table("flow_logs")
    op.drop_index(op.f("ix_fleets_next_at"), table_name="fleets")
    op.drop_index(op.f("ix_fleets_evaluate_at"), table_name="fleets")
    op.drop_index(op.f("ix_fleets_account_region_row"), table_name="fleets")
    op.drop_table("fleets")
    op.drop_index(op.f("ix_fleet_instances_fleet_id_living"), table_name="fleet_instances")
    op.drop_table("fleet_instances")
    op.drop_index(op.f("ix_fleet_events_fleet_id_row"), table_name="fleet_events")
    op.drop_table("fleet_events")
    op.drop_index(op.f("ix_fast_snapshot_restores_snapshot_id"), table_name="fast_snapshot_restores")
    op.drop_index(op.f("ix_fast_snapshot_restores_next_at"), table_name="fast_snapshot_restores")
    op.drop_index(op.f("ix_fast_snapshot_restores_account_region_row"), table_name="fast_snapshot_restores")
    op.drop_table("fast_snapshot_restores")
    op.drop_index(op.f("ix_export_image_tasks_state"), table_name="export_image_tasks")
    op.drop_index(op.f("ix_export_image_tasks_next_at"), table_name="export_image_tasks")
    op.drop_index(op.f("ix_export_image_tasks_account_region_row"), table_name="export_image_tasks")
    op.drop_table("export_image_tasks")
    op.drop_index(op.f("ix_event_window_targets_window_id"), table_name="event_window_targets")
    op.drop_table("event_window_targets")
    op.drop_index(op.f("ix_endpoint_services_next_at"), table_name="endpoint_services")
    op.drop_index(op.f("ix_endpoint_services_name"), table_name="endpoint_services")
    op.drop_index(op.f("ix_endpoint_services_account_region_row"), table_name="endpoint_services")
    op.drop_table("endpoint_services")
    op.drop_table("endpoint_service_regions")
    op.drop_table("endpoint_service_principals")
    op.drop_index(op.f("ix_elastic_addresses_account_region_row"), table_name="elastic_addresses")
    op.drop_table("elastic_addresses")
    op.drop_index(op.f("ix_egress_only_internet_gateways_vpc_id"), table_name="egress_only_internet_gateways")
    op.drop_index(
        op.f("ix_egress_only_internet_gateways_account_region_row"), table_name="egress_only_internet_gateways"
    )
    op.drop_table("egress_only_internet_gateways")
    op.drop_table("ebs_settings")
    op.drop_index(op.f("ix_dhcp_options_account_region_row"), table_name="dhcp_options")
    op.drop_table("dhcp_options")
    op.drop_table("dhcp_option_values")
    op.drop_index(op.f("ix_dedicated_hosts_account_region_row"), table_name="dedicated_hosts")
    op.drop_table("dedicated_hosts")
    op.drop_index(op.f("ix_customer_gateways_next_at"), table_name="customer_gateways")
    op.drop_index(op.f("ix_customer_gateways_account_region_row"), table_name="customer_gateways")
    op.drop_table("customer_gateways")
    op.drop_index(op.f("ix_create_volume_permissions_user_id_snapshot_id"), table_name="create_volume_permissions")
    op.drop_table("create_volume_permissions")
    op.drop_table("console_outputs")
    op.drop_index(op.f("ix_connection_notifications_vpc_endpoint_id"), table_name="connection_notifications")
    op.drop_index(op.f("ix_connection_notifications_service_id"), table_name="connection_notifications")
    op.drop_index(op.f("ix_connection_notifications_account_region_row"), table_name="connection_notifications")
    op.drop_table("connection_notifications")
    op.drop_index(op.f("ix_client_tokens_created"), table_name="client_tokens")
    op.drop_table("client_tokens")
    op.drop_table("catalogue_versions")
    op.drop_index("ix_capacity_reservations_usable", table_name="capacity_reservations")
    op.drop_index(op.f("ix_capacity_reservations_next_at"), table_name="capacity_reservations")
    op.drop_index(op.f("ix_capacity_reservations_account_region_row"), table_name="capacity_reservations")
    op.drop_table("capacity_reservations")
    op.drop_index(op.f("ix_buckets_account"), table_name="buckets")
    op.drop_table("buckets")
    op.drop_index(op.f("ix_block_manifests_touched_at"), table_name="block_manifests")
    op.drop_table("block_manifests")
    op.drop_index(op.f("ix_address_transfers_public_ip"), table_name="address_transfers")
    op.drop_index(op.f("ix_address_transfers_allocation_id"), table_name="address_transfers")
    op.drop_table("address_transfers")
    op.drop_index(op.f("ix_accounts_email"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("account_quotas")
    op.drop_table("account_attributes")
