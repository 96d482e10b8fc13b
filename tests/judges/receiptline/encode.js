// Reads a document of receiptline from standard input; writes the bytes that it would send to a Chinese ESC/POS printer.
"use strict";
const { transform } = require("receiptline");
const document = require("fs").readFileSync(0, "utf8");
const printer = { cpl: 48, encoding: "gb18030", command: "escpos", cutting: false, spacing: false };
process.stdout.write(Buffer.from(transform(document, printer), "binary"));
