# SPDX-License-Identifier: Apache-2.0

output "archive" {
  description = "The archive's name, for --archive and ARCHIVER_ARCHIVE."
  value       = trimsuffix("s3://${var.bucket}/${var.prefix}", "/")
}

output "service_role_arn" {
  description = "The role that the archive runs under."
  value       = aws_iam_role.service.arn
}

output "eraser_role_arns" {
  description = "The roles that erase, one an account."
  value       = [module.primary.eraser_role_arn, module.replica.eraser_role_arn]
}

output "auditor_role_arns" {
  description = "The roles that only read, one an account."
  value       = [module.primary.auditor_role_arn, module.replica.auditor_role_arn]
}
