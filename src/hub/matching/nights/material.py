"""What proves a run, as bytes and back: its input, its assignment, its prices, and which rows they are of."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from hub.matching.errors import RunRefused
from hub.matching.instance import Instance, Needs, Pairs, Resources, Weighing
from hub.matching.prices import Prices
from hub.matching.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.matching.instance import Ints


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """``needs``, ``resources``: ids of the rows. ``proposed``: the needs whose proposals went out."""

    instance: Instance
    assigned: Ints
    proof: Proof
    needs: tuple[UUID, ...]
    resources: tuple[UUID, ...]
    proposed: Ints


def pack_instance(instance: Instance) -> bytes:
    """Return an instance as bytes."""
    return _saved(_arrays(instance))


def unpack_instance(packed: bytes) -> Instance:
    """Return the instance. Raises ``InstanceUnfit`` where it contradicts itself."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return _instance(arrays)


def pack(material: Material) -> bytes:
    """Return what proves a run as bytes, compressed."""
    proof, prices = material.proof, material.proof.prices
    arrays = _arrays(material.instance) | {
        "assigned": material.assigned,
        "proposed": material.proposed,
        "need_ids": _bytes_of(material.needs),
        "resource_ids": _bytes_of(material.resources),
        "proof": np.array([proof.value, proof.bound], np.int64),
        "digest": np.frombuffer(bytes.fromhex(proof.digest), np.uint8),
        "lowest": prices.lowest,
        "highest": prices.highest,
        "mover": prices.mover,
        "sweep": prices.sweep,
    }
    return _saved(arrays, compressed=True)


def unpack(packed: bytes) -> Material:
    """Return what proves a run. Raises ``RunRefused`` where it is not that."""
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            value, bound = map(int, arrays["proof"])
            prices = Prices(arrays["lowest"], arrays["highest"], arrays["mover"], arrays["sweep"])
            return Material(
                _instance(arrays),
                arrays["assigned"],
                Proof(value, bound, arrays["digest"].tobytes().hex(), prices),
                _ids_of(arrays["need_ids"]),
                _ids_of(arrays["resource_ids"]),
                arrays["proposed"],
            )
    except (ValueError, KeyError, OSError) as wrong:
        raise RunRefused(f"What should prove the run is not readable ({type(wrong).__name__}).") from None


def _arrays(instance: Instance) -> dict[str, Any]:
    needs, resources, pairs, weighed = instance.needs, instance.resources, instance.pairs, instance.weighing
    return {
        "need_kind": needs.kind, "need_area": needs.area, "need_urgency": needs.urgency, "township": needs.township,
        "resource_kind": resources.kind, "resource_area": resources.area, "capacity": resources.capacity,
        "start": pairs.start, "resource": pairs.resource, "value": pairs.value,
        "points": weighed.points, "floor": weighed.floor, "below": np.array([weighed.below], np.int64),
    }  # fmt: skip


def _instance(arrays: Mapping[str, Any]) -> Instance:
    return Instance(
        Needs(arrays["need_kind"], arrays["need_area"], arrays["need_urgency"], arrays["township"]),
        Resources(arrays["resource_kind"], arrays["resource_area"], arrays["capacity"]),
        Pairs(arrays["start"], arrays["resource"], arrays["value"]),
        Weighing(arrays["points"], arrays["floor"], int(arrays["below"][0])),
    )


def _saved(arrays: Mapping[str, Any], *, compressed: bool = False) -> bytes:
    into = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(into, **arrays)
    return into.getvalue()


def _bytes_of(ids: Sequence[UUID]) -> Any:
    return np.frombuffer(b"".join(each.bytes for each in ids), np.uint8)


def _ids_of(array: Any) -> tuple[UUID, ...]:
    whole = array.tobytes()
    return tuple(UUID(bytes=whole[at : at + 16]) for at in range(0, len(whole), 16))
