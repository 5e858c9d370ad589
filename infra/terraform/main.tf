# SPDX-License-Identifier: Apache-2.0

locals {
  encrypted = var.kms_key_arn != null
}

module "primary" {
  source = "./bucket"

  bucket               = var.bucket
  prefix               = var.prefix
  kms_key_arn          = var.kms_key_arn
  default_retention    = var.default_retention
  eraser_trusted_arns  = var.eraser_trusted_arns
  auditor_trusted_arns = var.auditor_trusted_arns
}

module "replica" {
  source    = "./bucket"
  providers = { aws = aws.replica }

  bucket               = var.replica_bucket
  prefix               = var.prefix
  kms_key_arn          = var.replica_kms_key_arn
  default_retention    = var.default_retention
  eraser_trusted_arns  = var.replica_eraser_trusted_arns
  auditor_trusted_arns = var.replica_auditor_trusted_arns
  replicator_arn       = aws_iam_role.replicator.arn
}

# The service writes and reads; it neither deletes nor ends a lock early.

resource "aws_iam_role" "service" {
  name                 = "${var.bucket}-service"
  max_session_duration = 43200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.service_trusted_arns }
    }]
  })
}

resource "aws_iam_role_policy" "service" {
  name = "service"
  role = aws_iam_role.service.id
  policy = templatefile("${path.module}/policies/service.json", {
    bucket = module.primary.arn
    root   = module.primary.root
  })
}

resource "aws_iam_role_policy" "service_key" {
  count = local.encrypted ? 1 : 0
  name  = "key"
  role  = aws_iam_role.service.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = [var.kms_key_arn]
    }]
  })
}

# S3 itself copies, under a role that can do nothing else.

resource "aws_iam_role" "replicator" {
  name = "${var.bucket}-replicator"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "s3.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "replicator" {
  name = "replicator"
  role = aws_iam_role.replicator.id
  policy = templatefile("${path.module}/policies/replicator.json", {
    bucket  = module.primary.arn
    replica = "arn:aws:s3:::${var.replica_bucket}"
  })
}

resource "aws_iam_role_policy" "replicator_keys" {
  count = local.encrypted ? 1 : 0
  name  = "keys"
  role  = aws_iam_role.replicator.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["kms:Decrypt"], Resource = [var.kms_key_arn] },
      { Effect = "Allow", Action = ["kms:Encrypt"], Resource = [var.replica_kms_key_arn] },
    ]
  })
}

resource "aws_s3_bucket_replication_configuration" "copy" {
  bucket = module.primary.id
  role   = aws_iam_role.replicator.arn

  rule {
    id       = "everything"
    status   = "Enabled"
    priority = 0

    filter {
      prefix = module.primary.root
    }

    # A removal is never copied: the second account keeps what the first one lost.
    delete_marker_replication {
      status = "Disabled"
    }

    dynamic "source_selection_criteria" {
      for_each = local.encrypted ? [1] : []
      content {
        sse_kms_encrypted_objects {
          status = "Enabled"
        }
      }
    }

    destination {
      account = module.replica.account
      bucket  = module.replica.arn

      access_control_translation {
        owner = "Destination"
      }

      dynamic "encryption_configuration" {
        for_each = local.encrypted ? [1] : []
        content {
          replica_kms_key_id = var.replica_kms_key_arn
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = (var.kms_key_arn == null) == (var.replica_kms_key_arn == null)
      error_message = "Give a KMS key for both buckets, or for neither."
    }
  }

  # S3 refuses replication between buckets that keep no versions.
  depends_on = [module.primary, module.replica]
}
