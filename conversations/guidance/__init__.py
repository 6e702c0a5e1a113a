"""The staff pages of guidance: versions, differences, editing, and the preview beside the live version."""
