"""Ids in tiles are counted layer by layer: a layer's own table holds those of its features, and this one the others."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("ALTER TABLE altaigis.feature_ids ALTER tile_id DROP IDENTITY")
    op.drop_constraint("feature_ids_pkey", "feature_ids", schema="altaigis")
    op.drop_constraint("feature_ids_layer_fid_key", "feature_ids", schema="altaigis")
    op.create_primary_key("feature_ids_pkey", "feature_ids", ["layer", "fid"], schema="altaigis")
    op.create_unique_constraint("feature_ids_layer_tile_id_key", "feature_ids", ["layer", "tile_id"], schema="altaigis")
