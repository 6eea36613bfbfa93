namespace FlexSc.PlacementModel.Model;

/// <summary>Requests that wait, in the order they came; those that came together are one item.</summary>
internal sealed class RequestQueue
{
    private readonly Queue<(double Arrived, int Count)> _items = new();
    private (double Arrived, int Count) _head;

    public int Count { get; private set; }

    public void Add(double arrived, int count)
    {
        if (count > 0)
        {
            _items.Enqueue((arrived, count));
            Count += count;
        }
    }

    /// <summary>Takes so many, the oldest first.</summary>
    public void Take(int count, List<(double Arrived, int Count)> taken)
    {
        Count -= count;
        while (count > 0)
        {
            if (_head.Count == 0)
            {
                _head = _items.Dequeue();
            }

            int part = Math.Min(count, _head.Count);
            taken.Add((_head.Arrived, part));
            _head.Count -= part;
            count -= part;
        }
    }
}
