using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>Which sockets have which addresses. All processes share one host.</summary>
internal sealed class SimulatedNetwork
{
    private const int FirstPort = 32_768;
    private const int LastPort = 60_999;

    // Only ever looked up by key: the order of a table must not show.
    private readonly Dictionary<(bool IsDatagram, int Port), List<SimulatedSocket>> _ports = [];
    private readonly Dictionary<string, SimulatedSocket> _abstractNames = [];
    private int _lastPort = FirstPort - 1;

    /// <summary>Gives a socket an address of the Internet; port 0 takes one that is free.</summary>
    /// <returns>0 or a negative errno.</returns>
    public long Bind(SimulatedSocket socket, SimulatedAddress address)
    {
        if (address.Port == 0)
        {
            return BindFree(socket, address);
        }

        List<SimulatedSocket> others = At(socket, address.Port);
        if (others.Exists(other => !(other.SharesPort && socket.SharesPort) && MayCollide(other, socket, address)))
        {
            return -RareErrno.AddressInUse;
        }

        others.Add(socket);
        socket.Local = address;
        return 0;
    }

    public long BindAbstract(SimulatedSocket socket, SimulatedAddress address)
    {
        if (!_abstractNames.TryAdd(address.Path, socket))
        {
            return -RareErrno.AddressInUse;
        }

        socket.Local = address;
        return 0;
    }

    public void Unbind(SimulatedSocket socket)
    {
        if (socket.Local.Port != 0)
        {
            At(socket, socket.Local.Port).Remove(socket);
        }
        else if (_abstractNames.TryGetValue(socket.Local.Path, out SimulatedSocket? named) && named == socket)
        {
            _abstractNames.Remove(socket.Local.Path);
        }
    }

    /// <summary>The socket that answers at an address of the Internet; one of several by chance.</summary>
    public SimulatedSocket? Find(bool isDatagram, SimulatedAddress address, SimulatedRandom random)
    {
        if (!_ports.TryGetValue((isDatagram, address.Port), out List<SimulatedSocket>? bound))
        {
            return null;
        }

        List<SimulatedSocket> exact = bound.FindAll(socket => socket.Local.Host == address.Host && socket.TakesStrangers);
        List<SimulatedSocket> candidates = exact.Count > 0 ? exact : bound.FindAll(socket => socket.TakesStrangers && ServesAny(socket, address));
        return candidates.Count == 0 ? null : candidates[candidates.Count == 1 ? 0 : random.Below(candidates.Count)];
    }

    public SimulatedSocket? FindAbstract(string name) => _abstractNames.GetValueOrDefault(name);

    private static bool ServesAny(SimulatedSocket socket, SimulatedAddress address) =>
        socket.Local.IsAny && (socket.Family == FamilyInternet6 || SimulatedAddress.None(FamilyInternet).Host == (address.Host & ~(UInt128)uint.MaxValue));

    private static bool MayCollide(SimulatedSocket other, SimulatedSocket socket, SimulatedAddress address) =>
        (other.Local.Host == address.Host || other.Local.IsAny || address.IsAny)
            && (!socket.ReusesAddress || !other.ReusesAddress || other.TakesStrangers);

    private long BindFree(SimulatedSocket socket, SimulatedAddress address)
    {
        for (int tried = 0; tried <= LastPort - FirstPort; tried++)
        {
            _lastPort = _lastPort >= LastPort ? FirstPort : _lastPort + 1;
            if (At(socket, _lastPort).Count == 0)
            {
                return Bind(socket, address with { Port = _lastPort });
            }
        }

        return -RareErrno.AddressInUse;
    }

    private List<SimulatedSocket> At(SimulatedSocket socket, int port)
    {
        if (!_ports.TryGetValue((socket.IsDatagram, port), out List<SimulatedSocket>? bound))
        {
            bound = [];
            _ports.Add((socket.IsDatagram, port), bound);
        }

        return bound;
    }
}
