/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An OSC client built on the npm library osc: client.js udp4|udp6|slip PORT. Each line of standard
 * input is a message to send, {"address", "types", "values"}; each message that arrives is printed to
 * standard output in the same form. {"bundle": [messages]} sends a bundle. Run it in the folder that
 * has node_modules.
 */
"use strict";

const dgram = require("dgram");
const path = require("path");
const readline = require("readline");
const osc = require(path.join(process.cwd(), "node_modules", "osc"));

const [kind, remotePort] = [process.argv[2], Number(process.argv[3])];

function open() {
	if (kind === "slip") {
		return new osc.TCPSocketPort({ address: "127.0.0.1", port: remotePort, metadata: true });
	}
	const remoteAddress = kind === "udp6" ? "::1" : "127.0.0.1";
	const socket = dgram.createSocket(kind);

	return new osc.UDPPort({ socket, remoteAddress, remotePort, metadata: true });
}

function message({ address, types, values }) {
	const args = Array.from(types, (type, i) => ({ type, value: values[i] }));

	return { address, args };
}

const port = open();

port.on("message", ({ address, args }) => {
	const types = args.map((arg) => arg.type).join("");
	const values = args.map((arg) => arg.value);

	console.log(JSON.stringify({ address, types, values }));
});
port.on("error", (error) => {
	console.error(error.message);
	process.exit(1);
});
port.open();
readline.createInterface({ input: process.stdin }).on("line", (line) => {
	const order = JSON.parse(line);

	if (order.bundle) {
		port.send({ timeTag: osc.timeTag(0), packets: order.bundle.map(message) });
	} else {
		port.send(message(order));
	}
}).on("close", () => process.exit(0));
