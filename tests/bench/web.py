"""nginx with TLS on loopback, and a CA of its own."""
import os
import shutil
import socket
import subprocess

CONFIG = """user root;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name localhost;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    root {root};
  }}
}}
"""


def quiet(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Web:
    """Serves the folder ROOT at `url` until it is closed; `ca` is the file of its one certificate."""

    def __init__(self, folder, root):
        self.folder, self.ca = folder, os.path.join(folder, "ca.pem")
        if shutil.which("nginx") is None or shutil.which("openssl") is None:
            raise OSError("nginx and openssl are not there")
        self.make_certificates()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(os.path.join(folder, "nginx.conf"), "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=folder, root=root, port=port))
        quiet("nginx", "-q", "-p", folder, "-c", "nginx.conf", "-e", os.path.join(folder, "error.log"))
        self.url = f"https://localhost:{port}"

    def make_certificates(self):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        place = lambda name: os.path.join(self.folder, name)
        quiet("openssl", "req", "-x509", *key, "-days", "2", "-subj", "/CN=ca", "-keyout", place("ca.key"), "-out", self.ca)
        quiet("openssl", "req", *key, "-subj", "/CN=localhost", "-keyout", place("server.key"), "-out", place("server.csr"))
        with open(place("names"), "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:localhost\n")
        quiet("openssl", "x509", "-req", "-in", place("server.csr"), "-CA", self.ca, "-CAkey", place("ca.key"), "-CAcreateserial",
              "-days", "2", "-extfile", place("names"), "-out", place("server.pem"))

    def close(self):
        quiet("nginx", "-q", "-p", self.folder, "-c", "nginx.conf", "-e", os.path.join(self.folder, "error.log"), "-s", "stop")
