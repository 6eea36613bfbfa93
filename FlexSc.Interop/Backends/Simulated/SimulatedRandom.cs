using System.Numerics;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>
/// The chance of a simulated world: xoshiro256** (Blackman, Vigna 2018), seeded by splitmix64. Its numbers are those of the seed in
/// every release of .NET, which does not hold for <see cref="Random"/>.
/// </summary>
internal sealed class SimulatedRandom
{
    private const int Million = 1_000_000;

    private ulong _state0;
    private ulong _state1;
    private ulong _state2;
    private ulong _state3;

    public SimulatedRandom(ulong seed)
    {
        _state0 = Mix(ref seed);
        _state1 = Mix(ref seed);
        _state2 = Mix(ref seed);
        _state3 = Mix(ref seed);
    }

    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_state1 * 5, 7) * 9;
        ulong shifted = _state1 << 17;
        _state2 ^= _state0;
        _state3 ^= _state1;
        _state1 ^= _state2;
        _state0 ^= _state3;
        _state2 ^= shifted;
        _state3 = BitOperations.RotateLeft(_state3, 45);
        return result;
    }

    /// <summary>A number from 0 to less than a limit, which is above 0.</summary>
    public int Below(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

    /// <summary>A number from the least to the most, both included.</summary>
    public long Between(long least, long most) => least + (long)Math.BigMul(Next(), (ulong)(most - least) + 1, out _);

    /// <summary>True so many times in a million. A rate of 0 takes no number from the sequence.</summary>
    public bool Chance(int perMillion) => perMillion > 0 && Below(Million) < perMillion;

    private static ulong Mix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
