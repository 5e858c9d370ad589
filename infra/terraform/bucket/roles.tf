# SPDX-License-Identifier: Apache-2.0

# Removes versions under a written order, and ends a governance lock for it. Nobody is this role while they do other work.
resource "aws_iam_role" "eraser" {
  name                 = "${var.bucket}-eraser"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.eraser_trusted_arns }
      Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } }
    }]
  })
}

resource "aws_iam_role_policy" "eraser" {
  name = "eraser"
  role = aws_iam_role.eraser.id
  policy = templatefile("${path.module}/../policies/eraser.json", {
    bucket = aws_s3_bucket.archive.arn
    root   = local.root
  })
}

resource "aws_iam_role" "auditor" {
  name                 = "${var.bucket}-auditor"
  max_session_duration = 43200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.auditor_trusted_arns }
    }]
  })
}

resource "aws_iam_role_policy" "auditor" {
  name = "auditor"
  role = aws_iam_role.auditor.id
  policy = templatefile("${path.module}/../policies/auditor.json", {
    bucket = aws_s3_bucket.archive.arn
    root   = local.root
  })
}

resource "aws_iam_role_policy" "key" {
  for_each = var.kms_key_arn == null ? {} : {
    eraser  = aws_iam_role.eraser.id
    auditor = aws_iam_role.auditor.id
  }
  name = "key"
  role = each.value
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = [var.kms_key_arn]
    }]
  })
}
