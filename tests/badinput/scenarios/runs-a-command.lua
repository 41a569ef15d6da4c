-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    os.execute("true")
  end,
}
