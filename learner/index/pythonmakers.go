package index

var pythonMakers = []maker{}
