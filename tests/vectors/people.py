"""The four people of RFC 9216 as accounts."""
import pathlib

PEOPLE = {"alice": "4.5_PKCS-12-Object-for-Alice", "bob": "5.5_PKCS-12-Object-for-Bob",
          "carlos": "7.5_PKCS-12-Object-for-Carlos", "dana": "8.5_PKCS-12-Object-for-Dana"}


def address(name):
    return f"{name}@smime.example"


def p12(shared, name):
    return pathlib.Path(shared) / "vectors" / "rfc9216" / (PEOPLE[name] + ".p12")


def become(home, shared, name):
    """Makes `home` the home of that person; returns their address."""
    secret = home.passphrase_file(name)
    home.run("account", "add", address(name), "--p12", p12(shared, name), "--passphrase-file", secret)
    return address(name)


def root(shared):
    """The authority of Alice and Bob."""
    return pathlib.Path(shared) / "vectors/rfc9216/3.1_RSA-Certification-Authority-Root-Certificate.crt.pem"
