using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>The provided buffers that no completion holds. A stack: the one given back last is still in the cache. On the loop's thread.</summary>
internal sealed class FreeBuffers
{
    private readonly ushort[] _ids;
    private int _count;

    public FreeBuffers(ProvidedBuffers buffers)
    {
        _ids = new ushort[buffers.Count];

        // The lowest first, so that buffers never needed stay untouched memory.
        for (int id = buffers.Count - 1; id >= 0; id--)
        {
            Add((ushort)id);
        }

        buffers.AttachExecutor(Add);
    }

    public bool IsEmpty => _count == 0;

    public void Add(ushort bufferId) => _ids[_count++] = bufferId;

    public bool TryTake(out ushort bufferId)
    {
        if (_count == 0)
        {
            bufferId = 0;
            return false;
        }

        bufferId = _ids[--_count];
        return true;
    }
}
