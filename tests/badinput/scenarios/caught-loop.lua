-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    while true do
      pcall(function() while true do end end)
    end
  end,
}
