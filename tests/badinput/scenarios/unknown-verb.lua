-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local a, b, c = w:nodes()
    w:partitoin({ a }, { b, c })
  end,
}
