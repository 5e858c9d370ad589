# SPDX-License-Identifier: Apache-2.0
#
# A bucket that keeps evidence, and the two roles of its account that are about what is stored already.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

data "aws_caller_identity" "here" {}

locals {
  root = var.prefix == "" ? "" : "${var.prefix}/"
}

resource "aws_s3_bucket" "archive" {
  bucket = var.bucket

  # Can only be chosen now: a bucket made without it gets it later by hand at best.
  object_lock_enabled = true
  force_destroy       = false

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "archive" {
  bucket = aws_s3_bucket.archive.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "archive" {
  count  = var.default_retention == null ? 0 : 1
  bucket = aws_s3_bucket.archive.id

  rule {
    default_retention {
      mode = var.default_retention.mode
      days = var.default_retention.days
    }
  }

  depends_on = [aws_s3_bucket_versioning.archive]
}

resource "aws_s3_bucket_server_side_encryption_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    bucket_key_enabled = var.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "archive" {
  bucket = aws_s3_bucket.archive.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# The service has no right to delete, so time removes what is not part of the archive: what a probe or an unfinished
# step of the ledger left, and the older copies of the newest head. Nothing else ever expires.
resource "aws_s3_bucket_lifecycle_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    id     = "staging"
    status = "Enabled"

    filter {
      prefix = "${local.root}staging/"
    }

    expiration {
      days = 90
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "older-checkpoints"
    status = "Enabled"

    filter {
      prefix = "${local.root}ledger/checkpoint"
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.archive]
}

resource "aws_s3_bucket_policy" "archive" {
  bucket = aws_s3_bucket.archive.id

  policy = var.replicator_arn == null ? local.policy : jsonencode(merge(jsondecode(local.policy), {
    Statement = concat(jsondecode(local.policy).Statement, jsondecode(templatefile("${path.module}/../policies/replica.json", {
      bucket     = aws_s3_bucket.archive.arn
      replicator = var.replicator_arn
    })).Statement)
  }))

  # A policy that grants something is refused while the block is being put up.
  depends_on = [aws_s3_bucket_public_access_block.archive]
}

locals {
  policy = templatefile("${path.module}/../policies/bucket.json", {
    bucket = aws_s3_bucket.archive.arn
    root   = local.root
    eraser = aws_iam_role.eraser.arn
  })
}
