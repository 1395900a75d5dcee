"""Functions that a module defines for layers that no stock layer is, by name: pools and reshaping.

They build what `backends.keras` builds, operation by operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TAPS = """
    def over_taps(x, combine):
        for axis in (0, 1):
            reach = dilation[axis] * (pool_size[axis] - 1) + 1
            parts = []
            for tap in range(pool_size[axis]):
                start = tap * dilation[axis]
                taken = slice(start, (start + 1 - reach) or None, strides[axis])
                parts.append(x[:, taken] if axis == 0 else x[:, :, taken])
            x = parts[0]
            for part in parts[1:]:
                x = combine(x, part)
        return x
"""

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "dilated_max_pool": f'''
def dilated_max_pool(x, pool_size, strides, dilation, pads, name=None):
    """Largest value of each window, whose pixels are `dilation` apart; padding never wins."""
{_TAPS}
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    padded = inside
    if any(map(any, pads)):
        padded = ops.pad(inside, ((0, 0), *pads, (0, 0)), constant_values=-math.inf)
    return keras.Model(inside, over_taps(padded, ops.maximum), name=name)(x)
''',
        "dilated_avg_pool": f'''
def dilated_avg_pool(x, pool_size, strides, dilation, pads, counted=False, name=None):
    """Mean of each window, whose pixels are `dilation` apart."""
{_TAPS}
    def total(x):
        padded = x
        if any(map(any, pads)):
            padded = ops.pad(x, ((0, 0), *pads, (0, 0)), constant_values=0.0)
        return over_taps(padded, ops.add)

    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    if counted:
        mean = total(inside) / (pool_size[0] * pool_size[1])
    else:
        mean = ops.divide(total(inside), total(ops.ones_like(inside[..., :1])))
    return keras.Model(inside, mean, name=name)(x)
''',
        "adaptive_avg_pool": '''
def adaptive_avg_pool(x, size, name=None):
    """Means over a grid of windows: window i goes from floor(i side / count) up to its end."""

    def shares(side, count):
        bounds = [(at * side // count, -(-(at + 1) * side // count)) for at in range(count)]
        rows = [
            [1 / (stop - start) if start <= at < stop else 0.0 for at in range(side)]
            for start, stop in bounds
        ]
        return np.array(rows, keras.backend.standardize_dtype(x.dtype))

    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    rows, columns = shares(x.shape[1], size[0]), shares(x.shape[2], size[1])
    between = ops.einsum("bhwc,yh->bywc", inside, rows)
    pooled = ops.einsum("bywc,xw->byxc", between, columns)
    return keras.Model(inside, pooled, name=name)(x)
''',
        "reflect_pad": '''
def reflect_pad(x, pads, name=None):
    """A map with its reflection around it."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    padded = ops.pad(inside, ((0, 0), *pads, (0, 0)), "reflect")
    return keras.Model(inside, padded, name=name)(x)
''',
        "space_to_depth": '''
def space_to_depth(x, block, name=None):
    """Blocks of pixels as channels, row by row."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    places = [(row, column) for row in range(block) for column in range(block)]
    parts = [inside[:, row::block, column::block] for row, column in places]
    return keras.Model(inside, ops.concatenate(parts, -1), name=name)(x)
''',
        "depth_to_space": '''
def depth_to_space(x, block, name=None):
    """Channels as blocks of pixels, row by row."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    _, rows, columns, channels = x.shape
    channels //= block * block
    parts = ops.reshape(inside, (-1, rows, columns, block, block, channels))
    parts = ops.transpose(parts, (0, 1, 3, 2, 4, 5))
    wide = ops.reshape(parts, (-1, rows * block, columns * block, channels))
    return keras.Model(inside, wide, name=name)(x)
''',
        "depth_to_space_at_any_size": '''
def depth_to_space_at_any_size(x, block, name=None):
    """Channels as blocks of pixels: of copies of each pixel, each keeps its share of them."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    channels = x.shape[-1] // (block * block)
    copies = ops.repeat(ops.repeat(inside, block, 1), block, 2)
    row, column = (
        ops.mod(ops.cumsum(ops.ones_like(line), axis) - 1, block)
        for axis, line in ((1, copies[:, :, :1, :1]), (2, copies[:, :1, :, :1]))
    )
    place = row * block + column
    taken = copies[..., :channels]
    for number in range(1, block * block):
        share = copies[..., number * channels : (number + 1) * channels]
        taken = ops.where(ops.equal(place, number), share, taken)
    return keras.Model(inside, taken, name=name)(x)
''',
        "channel_shuffle": '''
def channel_shuffle(x, groups, name=None):
    """The first channel of each group, then the second of each, and so on."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    size = x.shape[-1] // groups
    order = [group * size + at for at in range(size) for group in range(groups)]
    mixed = ops.take(inside, np.array(order, "int32"), axis=-1)
    return keras.Model(inside, mixed, name=name)(x)
''',
        "slice_channels": '''
def slice_channels(x, start, stop, name=None):
    """Some of the channels."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    return keras.Model(inside, inside[..., start:stop], name=name)(x)
''',
    }
)
