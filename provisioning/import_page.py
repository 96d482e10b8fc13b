"""`import-page-init`: the data directory of a page where a township takes sticks."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct

from provisioning.homes import check_gateway, check_home
from provisioning.key_steps import Directories, IssuedCertificate, SigningKey
from provisioning.plan import carry_out
from provisioning.speech import Refused, Say, Sentence
from sync import county_config
from sync.certificates import CertificateRefused, read_chain
from sync.clock import Clock
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.durable import replace_file
from sync.gateway import config as gateway_config
from sync.import_page import config as page_files
from sync.import_page.config import ImportPageConfig, ImportPageRefused
from sync.peer_name import PeerName, PeerRole


class ImportPageSetUp(Struct, frozen=True):
    """What is to be made: `directory` from the county's and the gateway's, for `place`."""

    county_directory: Path
    gateway_directory: Path
    directory: Path
    place: str


def import_page_init(wanted: ImportPageSetUp, machine_clock: Clock, say: Say) -> int:
    """Make what is missing and return how many steps had something to do. Raises Refused.

    The page's key and certificate are made here, where the issuing authority is; the directory is then carried to the
    township. Whoever gets hold of it can bring bundles, and read none.
    """
    try:
        county = CountyConfig.load(wanted.county_directory)
    except CountyConfigRefused as cause:
        raise Refused(f"{wanted.county_directory} 不是县的数据目录，请先做 county-init", str(cause)) from cause
    home, gateway = wanted.directory, wanted.gateway_directory
    check_gateway(gateway, county.county)
    check_home(home, page_files.FILE_NAME)
    key = home / page_files.TLS_KEY
    return carry_out(
        [
            Directories([home, home / "keys"]),
            SigningKey(key, Sentence("导入页密钥", "the page's key")),
            IssuedCertificate(
                home / page_files.TLS_CERTIFICATE,
                key,
                gateway / gateway_config.ISSUER_KEY,
                gateway / gateway_config.AUTHORITIES,
                PeerName(county.county, PeerRole.IMPORT),
                [],
                machine_clock,
                Sentence("导入页证书", "the page's certificate"),
            ),
            _Root(wanted),
            _PageFile(wanted, ImportPageConfig(county.county, wanted.place, county.gateway_url)),
        ],
        say,
    )


class _Root(Struct, frozen=True):
    wanted: ImportPageSetUp
    title = Sentence("县根证书", "the county's root certificate")

    def is_done(self) -> bool:
        path = self.wanted.directory / page_files.ROOT_CERTIFICATE
        return path.exists() and path.read_bytes() == self._root()

    def apply(self) -> None:
        replace_file(self.wanted.directory / page_files.ROOT_CERTIFICATE, self._root(), mode=0o644)

    def _root(self) -> bytes:
        path = self.wanted.county_directory / county_config.AUTHORITIES
        try:
            return read_chain(path.read_bytes())[1].public_bytes(Encoding.PEM)
        except (CertificateRefused, IndexError, OSError) as cause:
            raise Refused(f"证书文件不能用：{path.name}", f"{path.name}: {cause}") from cause


class _PageFile(Struct, frozen=True):
    wanted: ImportPageSetUp
    config: ImportPageConfig
    title = Sentence("import.json", "import.json")

    def is_done(self) -> bool:
        try:
            return ImportPageConfig.load(self.wanted.directory) == self.config
        except ImportPageRefused:
            return False

    def apply(self) -> None:
        try:
            self.config.save(self.wanted.directory)
        except ImportPageRefused as cause:
            raise Refused("地名不能用，应为 1 至 40 个字", str(cause)) from cause
