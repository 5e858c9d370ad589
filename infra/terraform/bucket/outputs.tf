# SPDX-License-Identifier: Apache-2.0

output "id" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.archive.id
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.archive.arn
}

output "root" {
  description = "What every key of the archive begins with."
  value       = local.root
}

output "account" {
  description = "The account that owns the bucket."
  value       = data.aws_caller_identity.here.account_id
}

output "eraser_role_arn" {
  description = "The role that erases."
  value       = aws_iam_role.eraser.arn
}

output "auditor_role_arn" {
  description = "The role that only reads."
  value       = aws_iam_role.auditor.arn
}
