# SPDX-License-Identifier: Apache-2.0

variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "prefix" {
  description = "Where in the bucket the archive lies; empty for the whole bucket."
  type        = string
}

variable "kms_key_arn" {
  description = "KMS key that encrypts the bucket; null for keys that S3 keeps itself."
  type        = string
  default     = null
}

variable "default_retention" {
  description = "Retention the bucket itself puts on every object, or null."
  type = object({
    mode = string
    days = number
  })
  default = null
}

variable "eraser_trusted_arns" {
  description = "Who may become the eraser."
  type        = list(string)
}

variable "auditor_trusted_arns" {
  description = "Who may become the auditor."
  type        = list(string)
}

variable "replicator_arn" {
  description = "The role of another account that copies into this bucket, or null."
  type        = string
  default     = null
}
