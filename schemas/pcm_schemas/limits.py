"""The limits of P8, in one place, so that packer, reader, registry and client refuse the same things."""

from typing import Final

INTEGER: Final = 2**53 - 1  # P15: the largest integer of canonical JSON
DESCRIPTION: Final = 2_000
TAGS: Final = 16
TAG: Final = 32
SUPERCATEGORIES: Final = 8
ADJECTIVES: Final = 16
REQUIRES: Final = 32
PREVIEWS: Final = 8
EVALUATIONS: Final = 4
POINTS: Final = 16
PREVIEW_BYTES: Final = 2_097_152
PREVIEW_SIDE: Final = 4_096
MANIFEST: Final = 16_384
EXT: Final = 2_048
HEADER: Final = 24_576
PACKAGE: Final = 204_800
REQUIREMENT: Final = 512
ENVELOPE: Final = 16_384
KEYSET_CHAIN: Final = 262_144
KEYSET_VERSIONS: Final = 256
SIGNATURES: Final = 16
KEYS: Final = 32
NOTE: Final = 200
REASON: Final = 500
INDEX_DOCUMENT: Final = 1_048_576
INDEX_ENTRIES: Final = 1_000
REVOCATIONS: Final = 1_048_576
REQUEST: Final = 524_288
HEADERS: Final = 16_384  # of one request, names and values
FILES: Final = 8  # files of one publish request
LOCK: Final = 4_194_304  # far above 1,000 concepts; bounded before it is parsed
PROJECT: Final = 262_144
LAYER_RUNS: Final = 32  # P17, a label that is not a known architecture
LAYERS: Final = 256
