"""The panel types that the wall draws, one module each; pure: frames in, a drawing out."""
