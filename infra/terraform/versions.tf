# SPDX-License-Identifier: Apache-2.0

terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }
}

provider "aws" {
  region  = var.region
  profile = var.profile
}

# A second account: whoever takes over the first one does not own the copy.
provider "aws" {
  alias   = "replica"
  region  = var.replica_region
  profile = var.replica_profile
}
