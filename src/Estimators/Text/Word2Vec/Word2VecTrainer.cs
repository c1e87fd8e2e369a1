using System.Diagnostics;
using System.Numerics.Tensors;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Trains word vectors on a counted corpus: workers take pieces of it in turn and update the same weights without locks (Recht et al. 2011).</summary>
internal sealed class Word2VecTrainer
{
    private const int PieceWords = 1 << 14;
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromMilliseconds(300);

    private readonly Word2VecOptions _options;
    private readonly Vocabulary _vocabulary;
    private readonly CorpusFile _corpus;
    private readonly Action _checkCancellation;
    private readonly int _seed;
    private readonly uint[] _keep;
    private readonly SubwordRows? _subwords;
    private readonly long _piecesPerEpoch;
    private readonly Stopwatch _clock = new();
    private readonly Lock _counting = new(), _reporting = new();
    private long _nextPiece, _piecesDone, _numbersTaken, _numbersDone;
    private TimeSpan _lastReport;
    private Word2VecProgress? _report;
    private double _loss;
    private long _lossCount;

    public Word2VecTrainer(Word2VecOptions options, Vocabulary vocabulary, CorpusFile corpus, int seed, Action checkCancellation)
    {
        (_options, _vocabulary, _corpus, _seed, _checkCancellation) = (options, vocabulary, corpus, seed, checkCancellation);
        CheckSize(vocabulary.Count, options.Subwords?.Buckets ?? 0, options.VectorSize);
        _keep = KeepThresholds(vocabulary, options.SubsamplingThreshold);
        _subwords = options.Subwords is { } subwords ? new SubwordRows(vocabulary, subwords) : null;
        _piecesPerEpoch = (corpus.Length + PieceWords - 1) / PieceWords;
    }

    /// <summary>Words of the corpus passed a second.</summary>
    public double WordsPerSecond { get; private set; }

    /// <summary>Trains. The weights belong to the caller.</summary>
    public Word2VecWeights Train()
    {
        var weights = new Word2VecWeights(_vocabulary.Count, _options.Subwords?.Buckets ?? 0, _options.VectorSize, _seed);
        try
        {
            IWordOutputs outputs = Outputs(weights);
            _clock.Start();
            int workers = (int)Math.Min(_options.Workers ?? Environment.ProcessorCount, Math.Max(1, TotalPieces));
            Task[] tasks = [.. Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(() => Work(weights, outputs), TaskCreationOptions.LongRunning))];
            try
            {
                Task.WaitAll(tasks);
            }
            catch (AggregateException e)
            {
                // One that failed has emptied the queue for all; its exception says more than the bundle.
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
            }
            WordsPerSecond = TotalWords / Math.Max(_clock.Elapsed.TotalSeconds, 1e-9);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The vectors as they are used; frees the output weights first, which nobody needs any more.</summary>
    public WordVectors Finish(Word2VecWeights weights)
    {
        weights.Outputs.Dispose();
        int size = _options.VectorSize;
        float[] values = GC.AllocateUninitializedArray<float>(_vocabulary.Count * size);
        for (int word = 0; word < _vocabulary.Count; word++)
        {
            Span<float> target = values.AsSpan(word * size, size);
            weights.Inputs.Row(word).CopyTo(target);
            if (_subwords is null) continue;
            ReadOnlySpan<int> rows = _subwords.Of(word);
            foreach (int row in rows[1..]) TensorPrimitives.Add(target, weights.Inputs.Row(row), target);
            TensorPrimitives.Divide(target, rows.Length, target);
        }
        return new WordVectors(_vocabulary, values, size, _subwords is null ? null : Ngrams(weights));
    }

    // Buckets that no word falls into hold their random first values: a word made of such has no vector.
    private SubwordVectors Ngrams(Word2VecWeights weights)
    {
        SubwordOptions options = _options.Subwords!;
        int size = _options.VectorSize;
        int[] buckets = [.. Enumerable.Range(0, _vocabulary.Count).SelectMany(word => _subwords!.Of(word)[1..].ToArray()).Select(row => row - _vocabulary.Count).Distinct().Order()];
        float[] values = new float[buckets.Length * size];
        for (int i = 0; i < buckets.Length; i++) weights.Inputs.Row(_vocabulary.Count + buckets[i]).CopyTo(values.AsSpan(i * size, size));
        return new SubwordVectors(new SubwordHasher(options.MinN, options.MaxN, options.Buckets), buckets, values, size);
    }

    private long TotalPieces => _piecesPerEpoch * _options.Epochs;

    private long TotalWords => _vocabulary.TotalCount * _options.Epochs;

    /// <summary>Which share of each word's occurrences is kept, as word2vec.c has it, of 2^32: sqrt(t/f) + t/f, at most 1 (f the word's share of the corpus).</summary>
    public static uint[] KeepThresholds(Vocabulary vocabulary, double threshold) => [.. vocabulary.Counts.Select(count =>
    {
        if (threshold == 0) return uint.MaxValue;
        double ratio = threshold * vocabulary.TotalCount / count;
        return (uint)Math.Min((Math.Sqrt(ratio) + ratio) * 4294967296.0, uint.MaxValue);
    })];

    // Before training: what comes out of it is two arrays, and rows are numbered by 32 bits.
    private static void CheckSize(long words, long buckets, int size)
    {
        if (Math.Max(words, buckets) * size > Array.MaxLength || words + buckets > int.MaxValue)
            throw new InvalidOperationException($"Word2Vec: {words} words or {buckets} buckets of {size} dimensions do not fit one array of {Array.MaxLength} numbers. Raise MinCount, set MaxVocabularySize, or lower VectorSize or Buckets.");
    }

    private IWordOutputs Outputs(Word2VecWeights weights) => _options.Loss == Word2VecLoss.NegativeSampling
        ? new NegativeSampling(weights.Outputs, new AliasTable(_vocabulary.Counts, _options.NegativeSamplingExponent), _options.NegativeSamples)
        : new HierarchicalSoftmax(weights.Outputs, new HuffmanTree(_vocabulary.Counts), _vocabulary.Count);

    private void Work(Word2VecWeights weights, IWordOutputs outputs)
    {
        try
        {
            using var worker = new Word2VecWorker(_options, weights.Inputs, outputs, _subwords);
            int[] piece = new int[PieceWords], sentence = new int[_options.MaxSentenceLength];
            for (long next; (next = Interlocked.Increment(ref _nextPiece) - 1) < TotalPieces;)
            {
                _checkCancellation();
                int count = _corpus.Read(PieceAt(next) * PieceWords, piece);
                Train(worker, piece.AsSpan(0, count), sentence, next, Interlocked.Add(ref _numbersTaken, count) - count);
                Finished(worker, count);
            }
        }
        catch
        {
            Interlocked.Exchange(ref _nextPiece, long.MaxValue / 2);
            throw;
        }
    }

    // In random order, so that a corpus that begins with one subject and ends with another is not forgotten by its beginning.
    private long PieceAt(long next)
    {
        (long epoch, long piece) = Math.DivRem(next, _piecesPerEpoch);
        return new RowPermutation(_piecesPerEpoch, SeedMixer.Mix(_seed, SeedMixer.Order, epoch))[piece];
    }

    private void Train(Word2VecWorker worker, ReadOnlySpan<int> piece, int[] sentence, long pieceIndex, long passed)
    {
        var random = new FastRandom(SeedMixer.Mix(_seed, SeedMixer.Step, pieceIndex));
        int length = 0;
        for (int i = 0; i < piece.Length; i++)
        {
            int word = piece[i];
            if (word != CorpusFile.RowEnd && random.Next() <= _keep[word]) sentence[length++] = word;
            if (length == 0 || (word != CorpusFile.RowEnd && length < sentence.Length && i + 1 < piece.Length)) continue;
            worker.TrainSentence(sentence.AsSpan(0, length), RateAt((passed + i) / ((double)_corpus.Length * _options.Epochs)), ref random);
            length = 0;
        }
    }

    private float RateAt(double progress) => (float)Math.Max(_options.MinLearningRate, _options.StartRate + (_options.MinLearningRate - _options.StartRate) * progress);

    private void Finished(Word2VecWorker worker, int count)
    {
        bool due;
        lock (_counting)
        {
            _piecesDone++;
            _numbersDone += count;
            (_loss, _lossCount) = (_loss + worker.Loss, _lossCount + worker.LossCount);
            worker.ClearLoss();
            if (!double.IsFinite(_loss))
                throw new TrainingDivergedException(FormattableString.Invariant($"Word2Vec: the loss is {_loss} after {_piecesDone} of {TotalPieces} pieces of the corpus. Lower LearningRate, which is {_options.StartRate}."), _piecesDone);
            due = _options.Progress is not null && (_clock.Elapsed - _lastReport >= s_reportEvery || _piecesDone == TotalPieces || _piecesDone == 1);
            if (due)
            {
                double done = _numbersDone / ((double)_corpus.Length * _options.Epochs);
                long words = (long)(TotalWords * done);
                _report = new Word2VecProgress(words, TotalWords, RateAt(done), _lossCount == 0 ? 0 : _loss / _lossCount, words / Math.Max(_clock.Elapsed.TotalSeconds, 1e-9));
                (_loss, _lossCount, _lastReport) = (0, 0, _clock.Elapsed);
            }
        }
        if (due) Report();
    }

    // One at a time and in order. A slow listener holds up one worker only: the others leave it their newest report and go on.
    private void Report()
    {
        while (Volatile.Read(ref _report) is not null && _reporting.TryEnter())
        {
            try
            {
                if (Interlocked.Exchange(ref _report, null) is { } report) _options.Progress!.Report(report);
            }
            finally
            {
                _reporting.Exit();
            }
        }
    }
}
