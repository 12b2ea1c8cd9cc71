"""One table of a package."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    from . import _native

#: Rows that are made Python's own at a time.
_PART = 4096


class Table:
    """One table of a package. Its rows stay in Arrow's memory; what takes Arrow takes it without a copy.

    ``polars.DataFrame(table)``, ``pyarrow.table(table)`` and ``duckdb.sql("FROM table")`` take it as it is, by the
    Arrow PyCapsule interface. Iterating gives the rows as dicts: ``str``, ``int``, ``bool``, aware ``datetime`` in UTC,
    and None. A time that Python's calendar does not have is None; its text is in the column ``…_raw``.

    Every row says where it comes from: ``package_id``, ``device``, ``member``, ``member_sha256``, ``line``; how far it
    can be trusted, ``parse_status`` (``clean``, ``repaired``, ``partial``); and the text as it stood, ``raw``, which is
    None where a member is no text (prefetch files, event logs) and where rows are made of others; ``line`` is then the
    number of the record.
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Table) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """Its name, such as ``processes``."""
        return self._native.name

    @property
    def doc(self) -> str:
        """What a row is, in one line."""
        return self._native.doc

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return self._native.columns

    @property
    def partial(self) -> bool:
        """Whether rows are missing: a budget ran out, or a member is not there, damaged, emptied, or without its
        header."""
        return self._native.partial

    @property
    def issues(self) -> list[dict[str, Any]]:
        """What was remarkable while it was read: each with ``code``, ``member``, ``line`` and ``message``."""
        return self._native.issues()

    def column(self, name: str) -> list[Any]:
        """The values of one column.

        Raises:
            KeyError: If there is no such column.
        """
        return self._native.column(name, 0, len(self))

    def to_dicts(self) -> list[dict[str, Any]]:
        """All rows, as dicts."""
        return self._native.rows(0, len(self))

    def to_arrow(self) -> Any:
        """The table as a ``pyarrow.Table``, which shares its memory.

        Raises:
            ImportError: If pyarrow is not installed.
        """
        pyarrow = _needed("pyarrow", "pyarrow")
        return pyarrow.table(self)

    def to_pandas(self) -> Any:
        """The table as a ``pandas.DataFrame``.

        What may be absent keeps its type (``Int64``, ``boolean``, ``string``): a number beside a gap stays the number.

        Raises:
            ImportError: If pandas or pyarrow is not installed.
        """
        pandas, pyarrow = _needed("pandas", "pandas pyarrow"), _needed("pyarrow", "pandas pyarrow")
        types = {
            pyarrow.bool_(): pandas.BooleanDtype(),
            pyarrow.int64(): pandas.Int64Dtype(),
            pyarrow.string(): pandas.StringDtype(),
        }
        return pyarrow.table(self).to_pandas(types_mapper=types.get)

    def to_polars(self) -> Any:
        """The table as a ``polars.DataFrame``.

        Raises:
            ImportError: If Polars is not installed.
        """
        return _needed("polars", "polars").DataFrame(self)

    def __arrow_c_schema__(self) -> object:
        """The columns, by the Arrow PyCapsule interface."""
        return self._native.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows, by the Arrow PyCapsule interface; the types are the table's own, whatever is asked for."""
        return self._native.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._native)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for start in range(0, len(self), _PART):
            yield from self._native.rows(start, start + _PART)

    def __getitem__(self, row: int) -> dict[str, Any]:
        if isinstance(row, slice):
            raise TypeError("a table is no list: `list(table)[…]`, or `table.to_dicts()`")
        try:
            at = range(len(self))[row]
        except IndexError:
            raise IndexError(f"`{self.name}` has {len(self)} rows") from None
        return self._native.rows(at, at + 1)[0]

    def __repr__(self) -> str:
        rest = ", rows are missing" if self.partial else ""
        return f"<{type(self).__name__} {self.name}: {len(self)} rows, {len(self.columns)} columns{rest}>"

    def _repr_html_(self) -> str:
        from ._display import table

        return table(self)


def _needed(module: str, packages: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        hint = f"{module} is not installed: `pip install {packages}`"
        raise ImportError(hint, name=module) from error


class Timeline(Table):
    """What has a time of its own, in the order of time; in a notebook it shows itself as a picture.

    A state at the time of collection is no event and gets no time.
    """

    __slots__ = ()

    def to_svg(self) -> str:
        """The picture, as SVG: a row for each kind of event, darker where there are more of them."""
        from ._picture import timeline

        return timeline(self)

    def _repr_html_(self) -> str:
        from ._display import table

        return f"<div>{self.to_svg()}{table(self)}</div>"
