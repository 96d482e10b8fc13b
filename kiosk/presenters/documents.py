"""添加材料文件: photographs and scanned papers from a stick, each for one material of the application."""

from __future__ import annotations

from functools import partial

from kiosk import applying
from kiosk.context import Context
from kiosk.documents import DocumentFile, DocumentRefused
from kiosk.flow import DOCUMENTS
from kiosk.i18n import Translator
from kiosk.intents import Back, Choose, Do, Open
from kiosk.pages import Block, Checks, CheckView, LightView, OptionView, PageView, Rows, RowView
from kiosk.presenters import frames
from kiosk.presenters.application import ApplicationPresenter
from kiosk.stick_room import StickNews
from kiosk.views import Intent, Level
from sync.attachments.media import MediaType
from sync.model.catalogue import Material

FILES_MAX = 40
"""Of one application; more than any item asks for."""


class DocumentsPresenter(ApplicationPresenter):
    """Asks which material a file shows, and takes it.

    What becomes of a file is said in its own row: nothing moves under a finger that goes down the list.
    """

    def __init__(self, context: Context) -> None:
        """Look at what lies on the stick."""
        super().__init__(context)
        self._files = context.documents.files()

    def view(self) -> PageView:
        """Return the materials, what was added, and what lies on the stick."""
        tr = self.tr
        files = Rows(
            tuple(self._file_row(each) for each in self._files),
            heading=tr("U 盘里的照片和文件，点一下就添加"),
            empty=tr("没有找到照片或 PDF 文件。请插好 U 盘，等几秒钟。")
            if self.context.stick_room.fitted
            else tr("没有找到照片或 PDF 文件。请插好 U 盘，等几秒钟再进来。"),
        )
        blocks: list[Block] = [Checks((self._material_choice(),)), files]
        if self.application.attachments:
            blocks.append(Rows(tuple(self._added_rows()), heading=tr("已经添加")))
        return PageView(
            place=DOCUMENTS,
            title=tr("添加照片、扫描件"),
            hint=tr("先选是哪样材料，再点文件"),
            blocks=tuple(blocks),
            steps=frames.steps(tr, "marks"),
            aside=frames.aside(self.context, self.item),
            back=frames.back(tr),
            saved=frames.saved(self.context),
        )

    def handle(self, intent: Intent) -> str | None:
        """Choose a material, add a file, or take one out again."""
        match intent:
            case Back():
                self.context.session.errors = {}
                return "back"
            case Choose("material", code):
                self.application.showing = code
                return "stay"
            case Open("file", file_id):
                self._add(file_id)
                return "stay"
            case Do("remove", digest):
                kept = [each for each in self.application.attachments if each.digest.hex() != digest]
                self.application.attachments = kept
                applying.save(self.context, self.application)
                return "stay"
        return None

    def told(self, event: object) -> str | None:
        """Look again when a stick was put in or taken out: only then do files come and go."""
        if not isinstance(event, StickNews):
            return None
        self._files = self.context.documents.files()
        return "stay"

    def _add(self, file_id: str) -> None:
        tr, application, errors = self.tr, self.application, self.context.session.errors
        material = self._material()
        if len(application.attachments) >= FILES_MAX:
            errors[file_id] = lambda tr: tr("一件事最多添加 {most} 个文件", most=FILES_MAX)
            return
        page = 1 + sum(each.material == material.code for each in application.attachments) if material else 1
        code = material.code if material else ""
        name = tr("{name} 第 {page} 页", name=material.name, page=page) if material else ""
        try:
            added = self.context.documents.take(file_id, name, code)
        except DocumentRefused as refusal:
            errors[file_id] = partial(_sentence, code=refusal.code)
            return
        errors.pop(file_id, None)
        application.taken[file_id] = added.digest
        application.attachments = [*application.attachments, added]
        applying.save(self.context, application)

    def _materials(self) -> tuple[Material, ...]:
        return applying.needed_materials(self.context, self.item, self.application)

    def _material(self) -> Material | None:
        """The material that files are added for: the chosen one, else the first."""
        materials = self._materials()
        chosen = (each for each in materials if each.code == self.application.showing)
        return next(chosen, materials[0] if materials else None)

    def _material_choice(self) -> CheckView:
        here = self._material()
        return CheckView(
            target_id="document.material",
            title=self.tr("是哪样材料"),
            note="",
            options=tuple(
                OptionView(f"document.material.{each.code}", each.name, each is here, Choose("material", each.code))
                for each in self._materials()
            ),
        )

    def _added_rows(self) -> list[RowView]:
        return [
            RowView(
                target_id=f"document.added.{each.digest.hex()[:16]}",
                title=each.name,
                subtitle=_size(each.size),
                trailing=self.tr("点一下去掉"),
                intent=Do("remove", each.digest.hex()),
            )
            for each in self.application.attachments
        ]

    def _file_row(self, file: DocumentFile) -> RowView:
        tr, wrong = self.tr, self.context.error(file.id)
        added = next(
            (each for each in self.application.attachments if each.digest == self.application.taken.get(file.id)), None
        )
        kind = {MediaType.JPEG: tr("照片"), MediaType.PNG: tr("图片"), MediaType.PDF: "PDF"}[file.kind]
        return RowView(
            target_id=f"document.file.{file.id}",
            title=file.name[:60],
            subtitle=wrong or (added.name if added is not None else f"{kind} · {_size(file.size_bytes)}"),
            trailing=tr("添加") if added is None else tr("已添加"),
            light=LightView(Level.WARN, tr("没有添加")) if wrong else None,
            intent=Open("file", file.id) if added is None else None,
        )


def _sentence(tr: Translator, code: str) -> str:
    sentences = {
        "document_gone": tr("这个文件读不到了。请看看 U 盘是不是拔掉了。"),
        "document_of_another_kind": tr("只能添加照片（JPG、PNG）和 PDF 文件"),
        "document_too_large": tr("这个文件太大，最大 8 MB。请重新拍一张小一些的。"),
        "documents_quota": tr("本机存的附件已经满了，请技术员处理。没有附件也可以先收件。"),
        "documents_no_room": tr("本机的存储空间不够了，先不添加附件，收件照常。请技术员处理。"),
    }
    return sentences[code]


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:.1f} MB" if size_bytes >= 1_000_000 else f"{-(-size_bytes // 1000)} KB"
