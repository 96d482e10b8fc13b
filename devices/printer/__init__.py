"""Receipt printers: a document model, an ESC/POS encoder, profiles and a driver."""
