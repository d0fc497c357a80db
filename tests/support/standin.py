"""A service that does nothing but answer: /readyz with 200, /settings with what it was told."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told = {key: value for key, value in os.environ.items() if key.startswith("ONECARD_")}
        self.send_response(200 if self.path in ("/readyz", "/settings") else 404)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())


if __name__ == "__main__":
    if os.environ.get("STANDIN_REFUSES"):
        sys.exit("the stand-in was told to refuse")
    host, port = os.environ["ONECARD_HTTP"].split(":")
    HTTPServer((host, int(port)), Answers).serve_forever()
