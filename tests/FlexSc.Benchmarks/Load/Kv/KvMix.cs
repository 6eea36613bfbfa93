namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>Chooses keys evenly, and one set for a number of gets. The sequence follows from the seed (xorshift64).</summary>
internal sealed class KvMix(int keys, int getsPerSet, ulong seed)
{
    private ulong _state = seed;
    private int _sinceSet;

    public KvCommand Next()
    {
        bool isSet = _sinceSet == getsPerSet;
        _sinceSet = isSet ? 0 : _sinceSet + 1;
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return new KvCommand((int)(_state % (ulong)keys), isSet);
    }
}
