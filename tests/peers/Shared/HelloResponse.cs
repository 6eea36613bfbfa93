using System.Globalization;
using System.Text;

namespace FlexSc.Peers;

/// <summary>
/// The whole answer to GET /plaintext, with a Date that is right to the second: the bytes that examples/HttpServer sends, but
/// for the name of the server.
/// </summary>
internal sealed class HelloResponse(string serverName)
{
    private const int MsPerSecond = 1000;

    private volatile Entry _current = new(serverName);

    public byte[] Current
    {
        get
        {
            Entry entry = _current;
            if (Environment.TickCount64 >= entry.ValidUntilMs)
            {
                _current = entry = new Entry(serverName);
            }

            return entry.Bytes;
        }
    }

    private sealed class Entry
    {
        public Entry(string serverName)
        {
            DateTime now = DateTime.UtcNow;
            ValidUntilMs = Environment.TickCount64 + MsPerSecond - now.Millisecond;
            string date = now.ToString("r", CultureInfo.InvariantCulture);
            Bytes = Encoding.ASCII.GetBytes(
                $"HTTP/1.1 200 OK\r\nServer: {serverName}\r\nDate: {date}\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!");
        }

        public long ValidUntilMs { get; }

        public byte[] Bytes { get; }
    }
}
