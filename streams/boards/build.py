"""Write the boards: JSON below `grafana/boards/`, generated and committed."""

import json
from collections.abc import Callable
from typing import Final

from streams.boards import (
    canh_bao,
    chi_tiet_cua_khau,
    chi_tiet_du_lieu,
    chi_tiet_nha_may,
    chi_tiet_thuong_mai,
    chi_tiet_tien_do,
    cong_bo,
    cua_khau,
    dinh_nghia,
    khu_cong_nghiep,
    thuong_mai,
    tong_quan,
)
from streams.boards.panels import Json
from streams.registry import Registry

#: Every board by its uid, which is also its file's name.
BOARDS: Final[dict[str, Callable[[Registry], Json]]] = {
    tong_quan.UID: tong_quan.tong_quan,
    cua_khau.UID: cua_khau.cua_khau,
    khu_cong_nghiep.UID: khu_cong_nghiep.khu_cong_nghiep,
    thuong_mai.UID: thuong_mai.thuong_mai,
    canh_bao.UID: canh_bao.canh_bao,
    chi_tiet_tien_do.UID: chi_tiet_tien_do.chi_tiet_tien_do,
    chi_tiet_cua_khau.UID: chi_tiet_cua_khau.chi_tiet_cua_khau,
    chi_tiet_nha_may.UID: chi_tiet_nha_may.chi_tiet_nha_may,
    chi_tiet_thuong_mai.UID: chi_tiet_thuong_mai.chi_tiet_thuong_mai,
    chi_tiet_du_lieu.UID: chi_tiet_du_lieu.chi_tiet_du_lieu,
    cong_bo.UID: cong_bo.cong_bo,
    dinh_nghia.UID: dinh_nghia.dinh_nghia,
}


def render(registry: Registry) -> dict[str, str]:
    """Give the text of every board's file, by file name."""
    return {f"{uid}.json": _text(make(registry)) for uid, make in BOARDS.items()}


def _text(board: Json) -> str:
    return json.dumps(board, ensure_ascii=False, indent=2) + "\n"
