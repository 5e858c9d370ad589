# SPDX-License-Identifier: Apache-2.0
"""The store in memory keeps the contract."""

import pytest

from archiver.ports import Abilities, Store
from archiver.store.memory import MemoryStore
from tests.contracts.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


def test_it_checks_the_sha256() -> None:
    assert MemoryStore().probe() == Abilities(create_only=True, checks_sha256=True)
