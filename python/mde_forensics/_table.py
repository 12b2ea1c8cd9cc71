"""One table of a package."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    from . import _native

#: How many rows are converted to Python objects at a time.
_PART = 4096


class Table:
    """One table of a package. Its rows stay in Arrow memory and are shared without a copy.

    ``polars.DataFrame(table)``, ``pyarrow.table(table)`` and ``duckdb.sql("FROM table")`` take it directly, through the
    Arrow PyCapsule interface. Iterating yields rows as dicts of ``str``, ``int``, ``bool``, aware ``datetime`` in UTC,
    and None. A time outside Python's calendar is None; its text is in the column ``…_raw``.

    Every row has its source (``package_id``, ``device``, ``member``, ``member_sha256``, ``line``), how far it can be
    trusted (``parse_status``: ``clean``, ``repaired`` or ``partial``), and its original text (``raw``). For members
    that are not text (prefetch files, event logs), and for rows made from other rows, ``raw`` is None and ``line`` is
    the record's number.
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Table) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """The table's name, such as ``processes``."""
        return self._native.name

    @property
    def doc(self) -> str:
        """What a row is, in one line."""
        return self._native.doc

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._native.columns

    @property
    def partial(self) -> bool:
        """Whether rows are missing: a budget ran out, or a member is absent, damaged, emptied or without header."""
        return self._native.partial

    @property
    def issues(self) -> list[dict[str, Any]]:
        """Issues found while reading: each with ``code``, ``member``, ``line`` and ``message``."""
        return self._native.issues()

    def column(self, name: str) -> list[Any]:
        """Returns the values of one column.

        Raises:
            KeyError: There is no such column.
        """
        return self._native.column(name, 0, len(self))

    def to_dicts(self) -> list[dict[str, Any]]:
        """Returns all rows as dicts."""
        return self._native.rows(0, len(self))

    def to_arrow(self) -> Any:
        """Returns the table as a ``pyarrow.Table`` that shares its memory.

        Raises:
            ImportError: pyarrow is not installed.
        """
        pyarrow = _needed("pyarrow", "pyarrow")
        return pyarrow.table(self)

    def to_pandas(self) -> Any:
        """Returns the table as a ``pandas.DataFrame``.

        Columns with missing values keep their type (``Int64``, ``boolean``, ``string``), so numbers do not turn into
        floats.

        Raises:
            ImportError: pandas or pyarrow is not installed.
        """
        pandas, pyarrow = _needed("pandas", "pandas pyarrow"), _needed("pyarrow", "pandas pyarrow")
        types = {
            pyarrow.bool_(): pandas.BooleanDtype(),
            pyarrow.int64(): pandas.Int64Dtype(),
            pyarrow.string(): pandas.StringDtype(),
        }
        return pyarrow.table(self).to_pandas(types_mapper=types.get)

    def to_polars(self) -> Any:
        """Returns the table as a ``polars.DataFrame``.

        Raises:
            ImportError: Polars is not installed.
        """
        return _needed("polars", "polars").DataFrame(self)

    def __arrow_c_schema__(self) -> object:
        """Returns the columns, for the Arrow PyCapsule interface."""
        return self._native.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Returns the rows, for the Arrow PyCapsule interface; the types are the table's own, whatever is requested."""
        return self._native.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._native)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for start in range(0, len(self), _PART):
            yield from self._native.rows(start, start + _PART)

    def __getitem__(self, row: int) -> dict[str, Any]:
        if isinstance(row, slice):
            raise TypeError("a table cannot be sliced: use `list(table)[…]` or `table.to_dicts()`")
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
    """Everything with its own timestamp, in time order. Notebooks show it as a picture.

    A state at collection time is not an event, and is not included.
    """

    __slots__ = ()

    def to_svg(self) -> str:
        """Returns the picture as SVG: one row per kind of event, darker where there are more of them."""
        from ._picture import timeline

        return timeline(self)

    def _repr_html_(self) -> str:
        from ._display import table

        return f"<div>{self.to_svg()}{table(self)}</div>"
