# SPDX-License-Identifier: Apache-2.0

variable "bucket" {
  description = "Name of the bucket that holds the archive."
  type        = string
}

variable "replica_bucket" {
  description = "Name of the bucket in the second account that receives a copy of everything."
  type        = string
}

variable "prefix" {
  description = "Where in the bucket the archive lies, as in s3://bucket/prefix; empty for the whole bucket."
  type        = string
  default     = ""

  validation {
    condition     = !startswith(var.prefix, "/") && !endswith(var.prefix, "/")
    error_message = "A prefix neither starts nor ends with a slash."
  }
}

variable "region" {
  description = "Region of the bucket."
  type        = string
}

variable "replica_region" {
  description = "Region of the copy; another one than the bucket's."
  type        = string
}

variable "profile" {
  description = "Profile of the AWS configuration for the account of the bucket."
  type        = string
}

variable "replica_profile" {
  description = "Profile of the AWS configuration for the account of the copy."
  type        = string
}

variable "service_trusted_arns" {
  description = "Who may become the service: the role of the machine that runs it."
  type        = list(string)
}

variable "eraser_trusted_arns" {
  description = "Who may become the eraser in the account of the bucket: named persons, with a second factor."
  type        = list(string)
}

variable "replica_eraser_trusted_arns" {
  description = "Who may become the eraser in the account of the copy."
  type        = list(string)
}

variable "auditor_trusted_arns" {
  description = "Who may become the auditor in the account of the bucket."
  type        = list(string)
}

variable "replica_auditor_trusted_arns" {
  description = "Who may become the auditor in the account of the copy."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "KMS key that encrypts the bucket; null for keys that S3 keeps itself (AES256)."
  type        = string
  default     = null
}

variable "replica_kms_key_arn" {
  description = "KMS key of the second account that encrypts the copy; given exactly when kms_key_arn is."
  type        = string
  default     = null
}

variable "default_retention" {
  description = "Retention the bucket itself puts on every object, those in staging/ and the checkpoint included; null leaves it to the archive."
  type = object({
    mode = string
    days = number
  })
  default = null

  validation {
    condition     = var.default_retention == null || contains(["GOVERNANCE", "COMPLIANCE"], try(var.default_retention.mode, ""))
    error_message = "The mode is GOVERNANCE or COMPLIANCE."
  }
}
